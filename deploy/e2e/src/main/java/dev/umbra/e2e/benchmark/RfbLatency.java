// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.benchmark;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.Testbed;
import dev.umbra.e2e.vnc.UsKeyboard;
import dev.umbra.e2e.vnc.VncClient;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * From a key pressed at a VNC client to changed pixels there, in a tenant that does nothing else: its kernel echoes at the login
 * prompt of the frame buffer console. The cursor is hidden, since one that blinks would be taken for an answer.
 */
final class RfbLatency {
    private static final String VM = "tenant-a";
    private static final int SAMPLES = 100;
    private static final int SHORTEST_PAUSE_MILLIS = 200;
    private static final int PAUSE_SPREAD_MILLIS = 200;
    private static final int BACKSPACE = 0x0e;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private RfbLatency() {}

    static List<Measurement> measure(TenantShell umbra, TenantShell baseline) {
        baseline.run("printf '\\033[?25l' >/dev/tty1").succeeded();
        double[] samples = new double[SAMPLES];
        Random pauses = new Random(1);
        try (VncClient client = VncClient.connect(Testbed.configured(), VM)) {
            client.awaitExtendedKeys(LIMIT);
            int letter = UsKeyboard.number('x');
            for (int i = 0; i < SAMPLES; i++) {
                pause(SHORTEST_PAUSE_MILLIS + pauses.nextInt(PAUSE_SPREAD_MILLIS));
                samples[i] = millisecondsToPixels(client, i % 2 == 0 ? letter : BACKSPACE);
            }
        } finally {
            baseline.run("printf '\\033[?25h' >/dev/tty1").succeeded();
        }
        Arrays.sort(samples);
        return List.of(
                new Measurement("rfb-latency-p50", SerialEcho.quantile(samples, 0.5), "ms", Double.NaN),
                new Measurement("rfb-latency-p99", SerialEcho.quantile(samples, 0.99), "ms", Double.NaN));
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private static double millisecondsToPixels(VncClient client, int key) {
        long before = client.updates();
        long start = System.nanoTime();
        client.key(key, true);
        client.awaitUpdate(before, LIMIT);
        double millis = (System.nanoTime() - start) / 1e6;
        client.key(key, false);
        return millis;
    }
}
