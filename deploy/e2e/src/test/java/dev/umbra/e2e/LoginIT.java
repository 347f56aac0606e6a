// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.terminal.SshTerminal;
import dev.umbra.e2e.terminal.TenantShell;
import java.time.Duration;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A tenant logs in to its VM, with the OpenSSH client and with a browser, and is where it wants to be. */
@Order(1)
class LoginIT {
    @ParameterizedTest
    @Order(1)
    @MethodSource("dev.umbra.e2e.Fixture#vms")
    void test_openSsh_password_runsCommandsOnTheRightHost(String vm) {
        try (TenantShell shell = Fixture.overSsh(vm)) {
            assertThat(shell.run("hostname").succeeded()).isEqualTo(vm);
            assertThat(shell.run("id -un").succeeded()).isEqualTo(TESTBED.user(vm));
            assertThat(shell.run("tty").succeeded()).isEqualTo("/dev/ttyS0");
            assertThat(shell.run("grep -c ^processor /proc/cpuinfo").succeeded())
                    .isEqualTo(vm.equals("tenant-a") ? "1" : "2");
            shell.logout(vm);
        }
    }

    /** The kernel says what it found when it probed the port, and by which interrupt it drives it. */
    @ParameterizedTest
    @Order(2)
    @MethodSource("dev.umbra.e2e.Fixture#vms")
    void test_tenantKernel_probesComOne_findsInterruptDriven16550A(String vm) {
        try (TenantShell shell = Fixture.overSsh(vm, Fixture.ROOT)) {
            assertThat(shell.run("dmesg | grep 'ttyS0 at'").succeeded()).contains("0x3f8", "irq = 4", "is a 16550A");
            assertThat(shell.run("grep ttyS0 /proc/interrupts").succeeded()).matches("4:\\s+[ 0-9]*[1-9][0-9]*.*");
            assertThat(shell.run("ultracall identity").succeeded()).contains("enrolment: enrolled");
            assertThat(shell.run("ultracall name").succeeded()).isEqualTo(vm);
            shell.logout(vm);
        }
    }

    @ParameterizedTest
    @Order(3)
    @MethodSource("dev.umbra.e2e.Fixture#vms")
    void test_openSsh_publicKeyInTerminal_runsCommandsOnTheRightHost(String vm) {
        long head = API.outputOffset(vm);
        SshTerminal terminal = SshTerminal.byKeyInTerminal(TESTBED, vm).awaitScrollBack(head);
        try (TenantShell shell = TenantShell.login(terminal, vm, TESTBED.user(vm), TESTBED.userPassword(vm))) {
            assertThat(shell.run("hostname").succeeded()).isEqualTo(vm);
            shell.logout(vm);
        }
    }

    @ParameterizedTest
    @Order(4)
    @MethodSource("dev.umbra.e2e.Fixture#vms")
    void test_openSsh_passwordOfAnotherTenant_isRefused(String vm) throws InterruptedException {
        String stranger = vm.equals("tenant-a") ? TESTBED.owner("tenant-b") : TESTBED.owner("tenant-a");
        try (SshTerminal terminal = SshTerminal.byPassword(TESTBED, vm, TESTBED.password(stranger))) {
            assertThat(terminal.awaitExit(Duration.ofSeconds(30))).isEqualTo(255);
            assertThat(terminal.notices()).contains("Permission denied");
            assertThat(terminal.transcript().length()).isZero();
        }
    }

    @ParameterizedTest
    @Order(5)
    @MethodSource("dev.umbra.e2e.Fixture#vms")
    void test_browser_signInAndConsole_runsCommandsOnTheRightHost(String vm) {
        try (Browser browser = new Browser(TESTBED, "login-" + vm)) {
            browser.signIn(TESTBED.owner(vm));
            assertThat(browser.visibleVms()).containsExactly(vm);
            browser.openConsole(vm);
            browser.login(vm, TESTBED.user(vm), TESTBED.userPassword(vm));
            assertThat(browser.run("hostname")).isEqualTo(vm);
            assertThat(browser.run("echo $((6 * 7)) $(id -un)")).isEqualTo("42 " + TESTBED.user(vm));
            browser.screenshot("console");
            browser.logout(vm);
        }
    }
}
