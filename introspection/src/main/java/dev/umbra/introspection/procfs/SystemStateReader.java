// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import dev.umbra.introspection.kernel.Kernel;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads what {@code /proc} shows of the whole system, from where the kernel takes it: fs/proc/stat.c, uptime.c, loadavg.c
 * and filesystems.c.
 *
 * <p>Time is that of the kernel's last look at its clock, at most one tick old while a processor is awake. A processor that
 * sleeps has not yet counted its present sleep.
 */
final class SystemStateReader {
    private static final int MAXIMUM_CPUS = 1024;
    private static final int MAXIMUM_FILE_SYSTEMS = 256;
    private static final int SOFT_INTERRUPTS = 10;
    private static final int COMMAND_LINE = 2048;
    private static final int NAME = 64;
    private static final long NANOS = 1_000_000_000L;
    private static final int NEEDS_DEVICE = 1;

    /** Places in {@code kernel_cpustat.cpustat}; enum cpu_usage_stat in include/linux/kernel_stat.h. */
    private static final int USER = 0;

    private static final int NICE = 1;
    private static final int SYSTEM = 2;
    private static final int SOFT_INTERRUPT = 3;
    private static final int INTERRUPT = 4;
    private static final int IDLE = 5;
    private static final int IO_WAIT = 6;
    private static final int STEAL = 7;
    private static final int GUEST = 8;
    private static final int GUEST_NICE = 9;

    private final KernelFigures figures;

    SystemStateReader(Kernel kernel) {
        this.figures = new KernelFigures(kernel);
    }

    SystemState read() {
        long names = figures.or(0L, () -> figures.profile().requireSymbol("init_uts_ns"));
        List<SystemState.Cpu> cpus = new ArrayList<>();
        boolean sleepsCounted = figures.number("tick_nohz_active") != 0;
        for (int cpu = 0; cpu < Math.min(figures.cpus(), MAXIMUM_CPUS); cpu++) {
            cpus.add(cpu(cpu, sleepsCounted));
        }
        return new SystemState(
                figures.profile().banner(),
                figures.profile().release(),
                figures.text(names, "uts_namespace", "name.nodename"),
                figures.pointedText("saved_command_line", COMMAND_LINE),
                (timekeeper("offs_real") - timekeeper("offs_boot")) / NANOS,
                uptime(),
                List.of(figures.word("avenrun", 0), figures.word("avenrun", 1), figures.word("avenrun", 2)),
                figures.number("nr_threads"),
                (int) figures.member("init_pid_ns", "pid_namespace", "idr.idr_next") - 1,
                figures.number("pid_max"),
                figures.word("total_forks"),
                blocked(),
                cpus,
                new SystemState.Memory(new MemoryFigures(figures).amounts()),
                fileSystems());
    }

    private SystemState.Cpu cpu(int cpu, boolean sleepsCounted) {
        long processor = figures.perCpu("cpu_info", cpu);
        List<Long> softInterrupts = new ArrayList<>();
        for (int kind = 0; kind < SOFT_INTERRUPTS; kind++) {
            softInterrupts.add(figures.element(cpu, "kstat", "kernel_stat", "softirqs", kind, Integer.BYTES));
        }
        return new SystemState.Cpu(
                time(cpu, USER),
                time(cpu, NICE),
                time(cpu, SYSTEM),
                sleepsCounted ? figures.member(cpu, "tick_cpu_sched", "tick_sched", "idle_sleeptime") : time(cpu, IDLE),
                sleepsCounted
                        ? figures.member(cpu, "tick_cpu_sched", "tick_sched", "iowait_sleeptime")
                        : time(cpu, IO_WAIT),
                time(cpu, INTERRUPT),
                time(cpu, SOFT_INTERRUPT),
                time(cpu, STEAL),
                time(cpu, GUEST),
                time(cpu, GUEST_NICE),
                figures.member(cpu, "kstat", "kernel_stat", "irqs_sum"),
                softInterrupts,
                figures.member(cpu, "runqueues", "rq", "nr_switches"),
                figures.member(cpu, "runqueues", "rq", "nr_running"),
                figures.text(processor, "cpuinfo_x86", "x86_vendor_id"),
                (int) figures.memberAt(processor, "cpuinfo_x86", "x86"),
                (int) figures.memberAt(processor, "cpuinfo_x86", "x86_model"),
                (int) figures.memberAt(processor, "cpuinfo_x86", "x86_stepping"),
                figures.text(processor, "cpuinfo_x86", "x86_model_id"),
                figures.number("cpu_khz"));
    }

    private long time(int cpu, int kind) {
        return figures.element(cpu, "kernel_cpustat", "kernel_cpustat", "cpustat", kind, Long.BYTES);
    }

    private long blocked() {
        long blocked = 0;
        for (int cpu = 0; cpu < Math.min(figures.cpus(), MAXIMUM_CPUS); cpu++) {
            blocked += figures.member(cpu, "runqueues", "rq", "nr_iowait.counter");
        }
        return Math.max(0, blocked);
    }

    /** Seconds and shifted nanoseconds of the wall clock, moved to the moment of the boot. */
    private long uptime() {
        long shift = timekeeper("tkr_mono.shift") & Long.SIZE - 1;
        return (timekeeper("xtime_sec") + timekeeper("wall_to_monotonic.tv_sec")) * NANOS
                + (timekeeper("tkr_mono.xtime_nsec") >>> shift)
                + timekeeper("wall_to_monotonic.tv_nsec")
                + timekeeper("offs_boot");
    }

    /** The timekeeper follows a sequence counter of four bytes in the structure {@code tk_core}. */
    private long timekeeper(String path) {
        return figures.orZero(() -> {
            long timekeeper = figures.profile().requireSymbol("tk_core") + Long.BYTES;
            return figures.profile().field("timekeeper", path).read(figures.memory(), timekeeper);
        });
    }

    private List<SystemState.FileSystem> fileSystems() {
        List<SystemState.FileSystem> types = new ArrayList<>();
        long type = figures.word("file_systems");
        while (type != 0 && types.size() < MAXIMUM_FILE_SYSTEMS) {
            long name = figures.memberAt(type, "file_system_type", "name");
            types.add(new SystemState.FileSystem(
                    figures.or("", () -> figures.memory().string(name, NAME)),
                    (figures.memberAt(type, "file_system_type", "fs_flags") & NEEDS_DEVICE) != 0));
            type = figures.memberAt(type, "file_system_type", "next");
        }
        return types;
    }
}
