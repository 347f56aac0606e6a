// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.benchmark;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.terminal.Transcript;
import dev.umbra.e2e.testbed.Pause;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * From a keystroke at the client to its echo there, in a tenant that does nothing else: its kernel echoes. Samples over the two
 * ports take turns at going first, with pauses of random length in which the tenant falls asleep. The first samples do not
 * count: what is emulated is translated then, and the service learns which helper wakes the tenant.
 */
final class SerialEcho {
    private static final int UNCOUNTED = 20;
    private static final int SAMPLES = 150;
    private static final int SHORTEST_PAUSE_MILLIS = 60;
    private static final int PAUSE_SPREAD_MILLIS = 120;
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration SETTLED = Duration.ofSeconds(1);

    private SerialEcho() {}

    static List<Measurement> measure(TenantShell umbra, TenantShell baseline) {
        double[] fast = new double[SAMPLES];
        double[] slow = new double[SAMPLES];
        Random pauses = new Random(1);
        listen(umbra);
        listen(baseline);
        for (int i = 0; i < UNCOUNTED; i++) {
            microsecondsToEcho(umbra, pauses);
            microsecondsToEcho(baseline, pauses);
        }
        for (int i = 0; i < SAMPLES; i += 2) {
            fast[i] = microsecondsToEcho(umbra, pauses);
            slow[i] = microsecondsToEcho(baseline, pauses);
            slow[i + 1] = microsecondsToEcho(baseline, pauses);
            fast[i + 1] = microsecondsToEcho(umbra, pauses);
        }
        leave(umbra);
        leave(baseline);
        Arrays.sort(fast);
        Arrays.sort(slow);
        return List.of(
                new Measurement("serial-echo-p50", quantile(fast, 0.5), "us", quantile(slow, 0.5)),
                new Measurement("serial-echo-p99", quantile(fast, 0.99), "us", quantile(slow, 0.99)));
    }

    private static void listen(TenantShell shell) {
        int from = shell.start("echo r''eady; cat >/dev/null");
        shell.transcript().await("ready\r\n", from, LIMIT);
        shell.transcript().awaitSilence(SETTLED, LIMIT);
    }

    private static void leave(TenantShell shell) {
        int from = shell.transcript().length();
        shell.terminal().type("\003");
        shell.awaitPrompt(from, LIMIT);
    }

    private static double microsecondsToEcho(TenantShell shell, Random pauses) {
        Pause.of(Duration.ofMillis(SHORTEST_PAUSE_MILLIS + pauses.nextInt(PAUSE_SPREAD_MILLIS)));
        Transcript transcript = shell.transcript();
        int length = transcript.length();
        long start = System.nanoTime();
        shell.terminal().type("x");
        transcript.awaitLength(length + 1, LIMIT);
        return (System.nanoTime() - start) / 1e3;
    }

    /** The smallest sample that at least the given share of all does not exceed. */
    static double quantile(double[] sorted, double share) {
        return sorted[(int) Math.ceil(share * sorted.length) - 1];
    }
}
