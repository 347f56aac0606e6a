// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.benchmark;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelOpening;
import dev.umbra.introspection.kernel.ProfileCache;
import dev.umbra.introspection.memory.PhysicalMemory;
import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Seconds from nothing to a verified profile: the first time in a virtual machine that has compiled nothing yet, the
 * middle of later times, and the same with the whole memory to look through and with a profile that is known already.
 */
public final class ProfileBenchmark {
    private static final int TIMES = 15;

    private ProfileBenchmark() {}

    /** Prints one line of JSON per figure. */
    public static void main(String[] arguments) throws IOException {
        Snapshot snapshot = BenchmarkMachine.snapshot();
        PhysicalMemory memory = snapshot.memory();
        List<VcpuRegisters> registers = snapshot.registers();
        ProfileCache known = new ProfileCache(1);
        line("vmi-profile-first", seconds(memory, registers, new ProfileCache(1)));
        line("vmi-profile", middle(() -> seconds(memory, registers, new ProfileCache(1))));
        line("vmi-profile-scan", middle(() -> seconds(memory, List.of(), new ProfileCache(1))));
        line("vmi-profile-known", middle(() -> seconds(memory, registers, known)));
    }

    private interface Measured {
        double seconds();
    }

    private static double middle(Measured measured) {
        double[] seconds = new double[TIMES];
        for (int time = 0; time < TIMES; time++) {
            seconds[time] = measured.seconds();
        }
        Arrays.sort(seconds);
        return seconds[TIMES / 2];
    }

    private static double seconds(PhysicalMemory memory, List<VcpuRegisters> registers, ProfileCache cache) {
        long start = System.nanoTime();
        KernelOpening opening = Kernel.open(memory, registers, cache);
        double seconds = (System.nanoTime() - start) / 1e9;
        if (opening instanceof KernelOpening.Refused refused) {
            throw new IllegalStateException(refused.reason());
        }
        return seconds;
    }

    private static void line(String bench, double seconds) {
        BenchmarkMachine.line(bench, String.format(Locale.ROOT, "%.3f", seconds), "s", 0, 0);
    }
}
