// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import dev.umbra.e2e.terminal.SocketTerminal;
import dev.umbra.e2e.terminal.SshTerminal;
import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.terminal.Terminal;
import dev.umbra.e2e.terminal.WebSocketTerminal;
import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.MachineShell;
import dev.umbra.e2e.testbed.Testbed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What all proofs need. */
final class Fixture {
    static final Testbed TESTBED = Testbed.configured();
    static final ApplianceApi API = new ApplianceApi(TESTBED);
    static final String ROOT = "root";
    static final int COM1 = 0x3f8;
    static final int REGISTERS = 8;

    private static final SecureRandom RANDOM = new SecureRandom();

    private Fixture() {}

    static List<String> vms() {
        return Testbed.VMS;
    }

    /** Random letters and digits, which no shell and no terminal treats in a special way. */
    static String randomText(int length) {
        return RANDOM.ints(length, 0, 36)
                .mapToObj(digit -> Character.toString(Character.forDigit(digit, 36)))
                .reduce("", String::concat);
    }

    static byte[] randomLetters(int length) {
        byte[] letters = new byte[length];
        for (int i = 0; i < length; i++) {
            letters[i] = (byte) ('!' + RANDOM.nextInt('~' - '!'));
        }
        return letters;
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Logged in over the OpenSSH client as the user of the VM. */
    static TenantShell overSsh(String vm) {
        return overSsh(vm, TESTBED.user(vm));
    }

    static TenantShell overSsh(String vm, String user) {
        SshTerminal terminal = SshTerminal.byPassword(TESTBED, vm).awaitGreeting(API.outputOffset(vm));
        return login(terminal, vm, user);
    }

    /** Logged in over a WebSocket that survives restarts of the appliance. */
    static TenantShell overWebSocket(String vm, String user) {
        return login(WebSocketTerminal.open(API, vm), vm, user);
    }

    /** Root of a tenant on the serial port that is not Umbra's: a way in that does not depend on what is tested. */
    static TenantShell overSecondPort(String vm) {
        return login(new SocketTerminal(TESTBED.secondSerialPort(vm)), vm, ROOT);
    }

    private static TenantShell login(Terminal terminal, String vm, String user) {
        try {
            return TenantShell.login(terminal, vm, user, TESTBED.userPassword(vm));
        } catch (RuntimeException failure) {
            terminal.close();
            throw failure;
        }
    }

    /**
     * Has the driver in a tenant write all registers of COM1 anew, after the device behind them has changed. Whoever was logged in
     * there is logged out.
     */
    static void reinitialiseSerialPort(TenantShell root) {
        root.run(
                        "program-port /dev/ttyS0; for p in /proc/[0-9]*; do "
                                + "[ \"$(readlink $p/fd/0)\" != /dev/ttyS0 ] || kill -KILL ${p#/proc/}; done; program-port /dev/ttyS0")
                .succeeded();
    }

    /** How often the owner of a VM was given a notice, since it was last dismissed. */
    static int times(JsonNode vm, String notice) {
        return vm.path("notices")
                .valueStream()
                .filter(given -> given.path("code").asString().equals(notice))
                .mapToInt(given -> given.path("times").asInt())
                .sum();
    }

    /** Keeps what a person will want to look at. */
    static void keep(String name, byte[] content) {
        try {
            Files.write(TESTBED.artefacts().resolve(name), content);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** What the kernel of L0 has said that no kernel should say. */
    static String complaintsOfHost() {
        try (MachineShell host = MachineShell.ofHost(TESTBED)) {
            return host.run("dmesg | grep -E 'BUG|Oops|WARNING|Call Trace|general protection|soft lockup|hung_task'")
                    .output();
        }
    }
}
