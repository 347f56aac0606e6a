// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.COM1;
import static dev.umbra.e2e.Fixture.REGISTERS;
import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.Operator.Hunt;
import dev.umbra.e2e.terminal.TenantShell;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * The operator of the virtualized system is root in L1 and hunts for what a tenant types and reads. The hunt is the same each time;
 * with the shadow device switched off it finds both, so it is not blind.
 */
@Order(4)
class OperatorHuntIT {
    private static final String VM = "tenant-a";
    private static final int SECRET = 24;

    /** Types a secret without an echo, has the tenant print one that follows from it, and returns both. */
    private static String[] exchangeSecrets(TenantShell shell) {
        String typed = Fixture.randomText(SECRET);
        String printed = Fixture.sha256(typed.getBytes(StandardCharsets.US_ASCII));
        int from =
                shell.start("stty -echo; echo r''eady; read -r secret; stty echo; printf %s \"$secret\" | sha256sum");
        shell.transcript().await("ready\r\n", from, TenantShell.PATIENCE);
        shell.terminal().type(typed + "\r");
        int end = shell.transcript().await(printed, from, TenantShell.PATIENCE).end();
        shell.awaitPrompt(end, TenantShell.PATIENCE);
        return new String[] {typed, printed, TESTBED.userPassword(VM)};
    }

    private static void claimComOne(boolean claimed) {
        int status = API.ask(
                        "administrator",
                        "PUT",
                        "/vms/" + VM + "/ports",
                        "{\"base\":" + COM1 + ",\"count\":" + REGISTERS + ",\"claimed\":" + claimed + "}")
                .status();
        assertThat(status).isEqualTo(204);
    }

    private static Hunt huntDuringLoginOverUmbra(Operator operator) {
        operator.startTracing();
        try (TenantShell shell = Fixture.overSsh(VM)) {
            String[] secrets = exchangeSecrets(shell);
            Hunt hunt = operator.hunt(secrets);
            shell.logout(VM);
            return hunt;
        }
    }

    private static Hunt huntDuringLoginOverOperatorsPort(Operator operator) {
        operator.startTracing();
        try (TenantShell shell =
                TenantShell.login(operator.serialPort(), VM, TESTBED.user(VM), TESTBED.userPassword(VM))) {
            String[] secrets = exchangeSecrets(shell);
            Hunt hunt = operator.hunt(secrets);
            shell.logout(VM);
            return hunt;
        }
    }

    @Test
    @Order(1)
    void test_operatorHunt_shadowDeviceOn_findsNothing() {
        try (Operator operator = new Operator(TESTBED, VM)) {
            Hunt hunt = huntDuringLoginOverUmbra(operator);
            assertThat(hunt.traced()).as("secrets in the trace of kvm_pio").isEmpty();
            assertThat(hunt.portsTraced()).as("ports in the trace").doesNotContain(COM1);
            assertThat(hunt.printedOnSerialPort())
                    .as("secrets on QEMU's serial port")
                    .isEmpty();
            assertThat(hunt.inProcessMemory()).as("secrets in QEMU's memory").isEmpty();
            assertThat(hunt.bytesSearched()).isGreaterThan(10 << 20);
            assertThat(hunt.inTenantMemory())
                    .as("what the same search finds when it is let into the tenant's own RAM")
                    .isNotEmpty();
        }
    }

    @Test
    @Order(2)
    void test_operatorHunt_shadowDeviceOff_findsBoth() {
        try (Operator operator = new Operator(TESTBED, VM);
                TenantShell root = Fixture.overSecondPort(VM)) {
            claimComOne(false);
            try {
                Fixture.reinitialiseSerialPort(root);
                Hunt hunt = huntDuringLoginOverOperatorsPort(operator);
                assertThat(hunt.portsTraced()).contains(COM1);
                assertThat(hunt.traced())
                        .as("typed, printed and password in the trace")
                        .contains(0, 1, 2);
                assertThat(hunt.printedOnSerialPort())
                        .as("printed on QEMU's serial port")
                        .contains(1);
            } finally {
                claimComOne(true);
                Fixture.reinitialiseSerialPort(root);
            }
        }
    }

    @Test
    @Order(3)
    void test_operatorHunt_shadowDeviceOnAgain_findsNothing() {
        try (Operator operator = new Operator(TESTBED, VM)) {
            Hunt hunt = huntDuringLoginOverUmbra(operator);
            assertThat(hunt.traced()).isEmpty();
            assertThat(hunt.portsTraced()).doesNotContain(COM1);
            assertThat(hunt.printedOnSerialPort()).isEmpty();
            assertThat(hunt.inProcessMemory()).isEmpty();
        }
    }
}
