// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.benchmark;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.Introspection;
import dev.umbra.e2e.testbed.Introspection.Mode;
import dev.umbra.e2e.testbed.Testbed;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What a tenant notices of being looked into: the speed of a program of its own, which computes and calls its kernel, while the
 * tenant is scanned once a second, beside its speed while nobody looks. Runs alternate, and the medians are compared.
 * The tenant keeps the time itself.
 */
final class VmiOverhead {
    private static final String VM = "tenant-a";
    private static final int PAIRS = 9;
    private static final int BYTES = 24 << 20;
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private VmiOverhead() {}

    static List<Measurement> measure(TenantShell umbra, TenantShell baseline) {
        Testbed testbed = Testbed.configured();
        Introspection introspection =
                new Introspection(new ApplianceApi(testbed).signedIn(testbed.owner(VM)), testbed, VM);
        introspection.scan(Mode.LIVE);
        double[] scanned = new double[PAIRS];
        double[] alone = new double[PAIRS];
        for (int pair = 0; pair < PAIRS; pair++) {
            alone[pair] = speed(umbra);
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> scans = threads.submit(() -> scanEachPeriod(introspection));
                try {
                    scanned[pair] = speed(umbra);
                } finally {
                    scans.cancel(true);
                }
            }
        }
        Arrays.sort(scanned);
        Arrays.sort(alone);
        return List.of(new Measurement("vmi-overhead", scanned[PAIRS / 2], "KiB/s", alone[PAIRS / 2]));
    }

    private static void scanEachPeriod(Introspection introspection) {
        while (!Thread.currentThread().isInterrupted()) {
            long begun = System.nanoTime();
            introspection.scan(Mode.LIVE);
            try {
                Thread.sleep(PERIOD.minusNanos(Math.min(System.nanoTime() - begun, PERIOD.toNanos())));
            } catch (InterruptedException over) {
                return;
            }
        }
    }

    private static double speed(TenantShell shell) {
        String[] uptimes = shell.run(
                        "cut -d' ' -f1 /proc/uptime; head -c " + BYTES
                                + " /dev/zero | sha256sum >/dev/null; cut -d' ' -f1 /proc/uptime",
                        LIMIT)
                .succeeded()
                .split("\n");
        return (BYTES >> 10) / (Double.parseDouble(uptimes[1]) - Double.parseDouble(uptimes[0]));
    }
}
