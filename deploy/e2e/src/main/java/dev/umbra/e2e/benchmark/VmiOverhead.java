// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.benchmark;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.Introspection;
import dev.umbra.e2e.testbed.Introspection.Mode;
import dev.umbra.e2e.testbed.Testbed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a tenant notices of being looked into: the speed of a program of its own, which computes and calls its kernel, in seconds in which
 * the tenant is scanned, beside its speed in seconds in which nobody looks. One of each make a pair, now this first, now that.
 *
 * <p>The speed of the machine itself changes from second to second by more than the scans take, so the two sides must be close in
 * time and many: pairs are added until the standard error of the ratio is small enough, which is printed too.
 */
final class VmiOverhead {
    private static final String VM = "tenant-a";
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final int FEWEST_PAIRS = 60;
    private static final int MOST_PAIRS = 500;
    private static final double WANTED_ERROR = 0.008;

    /** Speeds in KiB/s. */
    private record Pair(double scanned, double alone) {}

    private VmiOverhead() {}

    static List<Measurement> measure(TenantShell umbra, TenantShell baseline) {
        Testbed testbed = Testbed.configured();
        Introspection introspection =
                new Introspection(new ApplianceApi(testbed).signedIn(testbed.owner(VM)), testbed, VM);
        introspection.scan(Mode.LIVE);
        List<Pair> pairs = new ArrayList<>();
        try (HashingTenant tenant = new HashingTenant(umbra)) {
            while (pairs.size() < FEWEST_PAIRS || pairs.size() < MOST_PAIRS && error(pairs) > WANTED_ERROR) {
                pairs.add(pair(tenant, introspection, pairs.size() % 2 == 0));
            }
        }
        return List.of(
                new Measurement("vmi-overhead", scanned(pairs), "KiB/s", alone(pairs)),
                new Measurement("vmi-overhead-error", error(pairs) * 100, "%", Double.NaN));
    }

    private static Pair pair(HashingTenant tenant, Introspection introspection, boolean aloneFirst) {
        if (aloneFirst) {
            double alone = tenant.speed(PERIOD, () -> {});
            return new Pair(tenant.speed(PERIOD, () -> introspection.scan(Mode.LIVE)), alone);
        }
        double scanned = tenant.speed(PERIOD, () -> introspection.scan(Mode.LIVE));
        return new Pair(scanned, tenant.speed(PERIOD, () -> {}));
    }

    private static double scanned(List<Pair> pairs) {
        return pairs.stream().mapToDouble(Pair::scanned).average().orElseThrow();
    }

    private static double alone(List<Pair> pairs) {
        return pairs.stream().mapToDouble(Pair::alone).average().orElseThrow();
    }

    /** Standard error of the ratio of the means, by its linear approximation. */
    private static double error(List<Pair> pairs) {
        double alone = alone(pairs);
        double ratio = scanned(pairs) / alone;
        double squares = pairs.stream()
                .mapToDouble(pair -> (pair.scanned - ratio * pair.alone) / alone)
                .map(deviation -> deviation * deviation)
                .sum();
        return Math.sqrt(squares / pairs.size() / (pairs.size() - 1));
    }
}
