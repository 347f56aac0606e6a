// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.benchmark;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.Pause;
import dev.umbra.e2e.testbed.Testbed;
import dev.umbra.e2e.vnc.Picture;
import dev.umbra.e2e.vnc.UsKeyboard;
import dev.umbra.e2e.vnc.VncClient;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * From a key pressed at a VNC client to changed pixels there, in a tenant that does nothing else: its kernel echoes at the login
 * prompt of the frame buffer console. The cursor is hidden, since one that blinks would be taken for an answer.
 *
 * <p>Umbra and the VNC server of the tenant's own QEMU take turns in serving the same tenant to the same client. Only the one whose
 * turn it is has a client, and both begin with the same picture. The first two keys of a turn are not measured.
 */
final class RfbLatency {
    private static final String VM = "tenant-a";
    private static final int TURNS = 10;
    private static final int KEYS_OF_A_TURN = 12;
    private static final int UNMEASURED = 2;
    private static final int SAMPLES_OF_A_TURN = KEYS_OF_A_TURN - UNMEASURED;
    private static final int SHORTEST_PAUSE_MILLIS = 200;
    private static final int PAUSE_SPREAD_MILLIS = 200;
    private static final int BACKSPACE = 0x0e;
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration SETTLED = Duration.ofSeconds(1);

    private final Random pauses = new Random(1);

    private RfbLatency() {}

    static List<Measurement> measure(TenantShell umbra, TenantShell baseline) {
        baseline.run("printf '\\033[?25l' >/dev/tty1").succeeded();
        try {
            return new RfbLatency().takeTurns(baseline);
        } finally {
            baseline.run("printf '\\033[?25h' >/dev/tty1").succeeded();
        }
    }

    private List<Measurement> takeTurns(TenantShell root) {
        Testbed testbed = Testbed.configured();
        double[] fast = new double[TURNS * SAMPLES_OF_A_TURN];
        double[] slow = new double[TURNS * SAMPLES_OF_A_TURN];
        try (OperatorsScreen operators = new OperatorsScreen(testbed, VM);
                ServedKeyboard keyboard = new ServedKeyboard(new ApplianceApi(testbed), VM, root)) {
            for (int turn = 0; turn < TURNS; turn++) {
                Picture shown;
                keyboard.serveByUmbra();
                try (VncClient client = VncClient.connect(testbed, VM)) {
                    client.awaitSilence(SETTLED, LIMIT);
                    shown = client.picture();
                    measure(client, fast, turn * SAMPLES_OF_A_TURN);
                }
                keyboard.serveByOperator();
                if (turn == 0) {
                    operators.show(shown.width(), shown.height());
                }
                try (VncClient client = operators.connect()) {
                    client.await("both show the same", LIMIT, picture -> picture.differences(shown) == 0);
                    measure(client, slow, turn * SAMPLES_OF_A_TURN);
                }
            }
        }
        Arrays.sort(fast);
        Arrays.sort(slow);
        return List.of(
                new Measurement(
                        "rfb-latency-p50", SerialEcho.quantile(fast, 0.5), "ms", SerialEcho.quantile(slow, 0.5)),
                new Measurement(
                        "rfb-latency-p99", SerialEcho.quantile(fast, 0.99), "ms", SerialEcho.quantile(slow, 0.99)));
    }

    private void measure(VncClient client, double[] samples, int first) {
        client.awaitExtendedKeys(LIMIT);
        client.awaitSilence(SETTLED, LIMIT);
        int letter = UsKeyboard.number('x');
        for (int i = 0; i < KEYS_OF_A_TURN; i++) {
            Pause.of(Duration.ofMillis(SHORTEST_PAUSE_MILLIS + pauses.nextInt(PAUSE_SPREAD_MILLIS)));
            double millis = millisecondsToPixels(client, i % 2 == 0 ? letter : BACKSPACE);
            if (i >= UNMEASURED) {
                samples[first + i - UNMEASURED] = millis;
            }
        }
        client.awaitSilence(SETTLED, LIMIT);
    }

    private static double millisecondsToPixels(VncClient client, int key) {
        Picture before = client.picture();
        long start = System.nanoTime();
        client.key(key, true);
        client.await("a pixel changes", LIMIT, picture -> picture.differences(before) != 0);
        double millis = (System.nanoTime() - start) / 1e6;
        client.key(key, false);
        return millis;
    }
}
