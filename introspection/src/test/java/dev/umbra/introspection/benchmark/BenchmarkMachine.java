// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.benchmark;

import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelOpening;
import dev.umbra.introspection.kernel.ProfileCache;
import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** The snapshot that benchmarks run on: the first that the system property {@code umbra.snapshots} leads to. */
final class BenchmarkMachine {
    private BenchmarkMachine() {}

    static Snapshot snapshot() {
        List<Snapshot> all = Snapshot.all();
        if (all.isEmpty()) {
            throw new IllegalStateException("no snapshot: set the system property umbra.snapshots to a folder of them");
        }
        return all.getFirst();
    }

    static Kernel kernel() throws IOException {
        Snapshot snapshot = snapshot();
        return switch (Kernel.open(snapshot.memory(), snapshot.registers(), new ProfileCache(1))) {
            case KernelOpening.Opened opened -> opened.kernel();
            case KernelOpening.Refused refused -> throw new IllegalStateException(refused.reason());
        };
    }

    /** One line of JSON; without a baseline if it is 0. */
    static void line(String bench, String value, String unit, double baseline, double ratio) {
        String compared = baseline == 0
                ? "\"baseline\":null,\"ratio\":null"
                : String.format(Locale.ROOT, "\"baseline\":%.0f,\"ratio\":%.2f", baseline, ratio);
        System.out.printf("{\"bench\":\"%s\",\"value\":%s,\"unit\":\"%s\",%s}%n", bench, value, unit, compared);
    }
}
