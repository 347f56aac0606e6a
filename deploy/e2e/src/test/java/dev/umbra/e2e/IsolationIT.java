// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.terminal.Terminal;
import java.time.Duration;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** No byte of one tenant ever reaches the other, and a console outlives the reboots of its tenant. */
@Order(6)
class IsolationIT {
    private static final Duration REBOOT = Duration.ofMinutes(4);
    private static final int LINES = 40;

    private static int resets(String vm) {
        return API.get(TESTBED.owner(vm), "/vms/" + vm).body().path("resets").asInt(-1);
    }

    @Test
    void test_bothTenants_talkAndRebootAtOnce_receiveOnlyTheirOwn() {
        try (TenantShell first = Fixture.overSsh("tenant-a", Fixture.ROOT);
                TenantShell second = Fixture.overSsh("tenant-b", Fixture.ROOT)) {
            String firstTag = "first" + Fixture.randomText(12);
            String secondTag = "second" + Fixture.randomText(12);
            int firstStart = first.transcript().length();
            int secondStart = second.transcript().length();
            talk(first, firstTag);
            talk(second, secondTag);
            awaitTalk(first, firstTag, firstStart);
            awaitTalk(second, secondTag, secondStart);
            assertThat(first.transcript().text(firstStart)).doesNotContain(secondTag, "tenant-b");
            assertThat(second.transcript().text(secondStart)).doesNotContain(firstTag, "tenant-a");

            int firstResets = resets("tenant-a");
            int secondResets = resets("tenant-b");
            first.start("reboot");
            second.start("reboot");
            Terminal firstConsole = first.terminal();
            Terminal secondConsole = second.terminal();
            awaitReboot(firstConsole, "tenant-a", firstStart);
            awaitReboot(secondConsole, "tenant-b", secondStart);
            API.awaitVm(
                    "tenant-a", TenantShell.PATIENCE, vm -> vm.path("resets").asInt() > firstResets);
            API.awaitVm(
                    "tenant-b", TenantShell.PATIENCE, vm -> vm.path("resets").asInt() > secondResets);

            greetAgain(firstConsole, "tenant-a");
            greetAgain(secondConsole, "tenant-b");
            assertThat(first.transcript().text(firstStart)).doesNotContain(secondTag, "tenant-b");
            assertThat(second.transcript().text(secondStart)).doesNotContain(firstTag, "tenant-a");
        }
    }

    private static void talk(TenantShell shell, String tag) {
        shell.start("i=0; while [ $i -lt " + LINES + " ]; do i=$((i + 1)); echo " + tag + "-$i; done; echo a''ll");
    }

    private static void awaitTalk(TenantShell shell, String tag, int from) {
        shell.transcript().await(tag + "-" + LINES + "\r\n", from, TenantShell.PATIENCE);
        int end =
                shell.transcript().await("all\r\n", from, TenantShell.PATIENCE).end();
        shell.awaitPrompt(end, TenantShell.PATIENCE);
    }

    /** In the session that was there before: the kernel's last words, then the next login prompt. */
    private static void awaitReboot(Terminal console, String vm, int from) {
        int end = console.transcript().await("Restarting system", from, REBOOT).end();
        console.transcript().await(vm + " login: ", end, REBOOT);
    }

    private static void greetAgain(Terminal console, String vm) {
        TenantShell shell = TenantShell.login(console, vm, TESTBED.user(vm), TESTBED.userPassword(vm));
        assertThat(shell.run("hostname").succeeded()).isEqualTo(vm);
        assertThat(Double.parseDouble(shell.run("cut -d' ' -f1 /proc/uptime").succeeded()))
                .as("seconds since the reboot")
                .isLessThan(REBOOT.toSeconds());
        shell.logout(vm);
    }
}
