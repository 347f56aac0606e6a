// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import java.util.List;

/**
 * Figures of the whole system, as the kernel counts them. What could not be read is 0 or empty.
 *
 * @param banner the line of {@code /proc/version}
 * @param release such as {@code 6.1.0-18-amd64}
 * @param hostName of the initial namespace
 * @param clockTicks USER_HZ, the unit of times in {@code /proc}
 * @param bootSeconds when the system was started, in seconds since 1970
 * @param uptimeNanos how long ago, suspension included
 * @param load of the last 1, 5 and 15 minutes, as fixed-point numbers with 11 bits behind the point
 * @param pidMaximum the first number that no process gets
 */
record SystemState(
        String banner,
        String release,
        String hostName,
        String commandLine,
        long bootSeconds,
        long uptimeNanos,
        List<Long> load,
        int threads,
        int lastPid,
        int pidMaximum,
        long forks,
        long blocked,
        List<Cpu> cpus,
        Memory memory,
        List<FileSystem> fileSystems) {
    /** Ticks of {@code /proc} in a second (USER_HZ). */
    static final long CLOCK_TICKS = 100;

    static final long NANOS_PER_TICK = 1_000_000_000 / CLOCK_TICKS;

    /**
     * One processor. Times are in nanoseconds.
     *
     * @param softInterruptCounts by kind, in the order of {@code /proc/stat}
     */
    record Cpu(
            long user,
            long nice,
            long system,
            long idle,
            long ioWait,
            long interrupt,
            long softInterrupt,
            long steal,
            long guest,
            long guestNice,
            long interrupts,
            List<Long> softInterruptCounts,
            long contextSwitches,
            long running,
            String vendor,
            int family,
            int model,
            int stepping,
            String modelName,
            long kiloHertz) {}

    /** In bytes, by the names of {@code /proc/meminfo}, in its order. */
    record Memory(List<Amount> amounts) {}

    record Amount(String name, long bytes) {}

    record FileSystem(String name, boolean needsDevice) {}
}
