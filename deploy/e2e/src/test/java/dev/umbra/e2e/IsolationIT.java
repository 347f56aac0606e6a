// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.terminal.Terminal;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** No byte of one tenant ever reaches the other, and a console outlives the reboots of its tenant. */
@Order(6)
class IsolationIT {
    private static final int LINES = 40;

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

            int firstResets = Reboot.resets("tenant-a");
            int secondResets = Reboot.resets("tenant-b");
            first.start("reboot");
            second.start("reboot");
            Terminal firstConsole = first.terminal();
            Terminal secondConsole = second.terminal();
            Reboot.await(firstConsole, "tenant-a", firstStart);
            Reboot.await(secondConsole, "tenant-b", secondStart);
            Reboot.awaitReset("tenant-a", firstResets);
            Reboot.awaitReset("tenant-b", secondResets);

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

    private static void greetAgain(Terminal console, String vm) {
        TenantShell shell = TenantShell.login(console, vm, TESTBED.user(vm), TESTBED.userPassword(vm));
        assertThat(shell.run("hostname").succeeded()).isEqualTo(vm);
        assertThat(Double.parseDouble(shell.run("cut -d' ' -f1 /proc/uptime").succeeded()))
                .as("seconds since the reboot")
                .isLessThan(Reboot.PATIENCE.toSeconds());
        shell.logout(vm);
    }
}
