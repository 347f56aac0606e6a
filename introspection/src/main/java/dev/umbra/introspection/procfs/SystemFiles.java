// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import dev.umbra.introspection.view.Module;
import java.util.List;
import java.util.function.ToLongFunction;

/** The files of {@code /proc} that belong to no process. */
final class SystemFiles {
    private static final int LOAD_SHIFT = 11;
    private static final long LOAD_ONE = 1 << LOAD_SHIFT;
    private static final long NANOS_PER_CENTISECOND = 10_000_000;

    private final ProcSnapshot snapshot;
    private final SystemState system;

    SystemFiles(ProcSnapshot snapshot) {
        this.snapshot = snapshot;
        this.system = snapshot.system();
    }

    void addTo(Listing root) {
        root.with("cmdline", () -> new Text().add(system.commandLine()).end())
                .with("cpuinfo", this::processors)
                .with("filesystems", this::fileSystems)
                .with("loadavg", this::load)
                .with("meminfo", this::memory)
                .with("modules", this::modules)
                .with("stat", this::stat)
                .with("uptime", this::uptime)
                .with("version", () -> new Text().add(system.banner().strip()).end())
                .with("sys", sysctl());
    }

    private Listing sysctl() {
        Listing kernel = new Listing(ProcNode.ROOT)
                .with("hostname", () -> new Text().add(system.hostName()).end())
                .with("osrelease", () -> new Text().add(system.release()).end())
                .with("ostype", () -> new Text().add("Linux").end())
                .with("pid_max", () -> new Text().add(system.pidMaximum()).end())
                .with("version", () -> new Text().add(version()).end());
        return new Listing(ProcNode.ROOT).with("kernel", kernel);
    }

    /** What {@code uname -v} says: the end of the banner. */
    private String version() {
        int from = system.banner().indexOf("#");
        return from < 0 ? "" : system.banner().substring(from).strip();
    }

    private Text stat() {
        Text text = new Text();
        text.add("cpu ");
        times(text, system.cpus());
        for (int cpu = 0; cpu < system.cpus().size(); cpu++) {
            text.add("cpu").add(cpu);
            times(text, List.of(system.cpus().get(cpu)));
        }
        text.add("intr ").add(sum(SystemState.Cpu::interrupts)).end();
        text.add("ctxt ").add(sum(SystemState.Cpu::contextSwitches)).end();
        text.add("btime ").add(system.bootSeconds()).end();
        text.add("processes ").add(system.forks()).end();
        text.add("procs_running ").add(sum(SystemState.Cpu::running)).end();
        text.add("procs_blocked ").add(system.blocked()).end();
        softInterrupts(text);
        return text;
    }

    private void softInterrupts(Text text) {
        int kinds = system.cpus().stream()
                .mapToInt(cpu -> cpu.softInterruptCounts().size())
                .min()
                .orElse(0);
        text.add("softirq ")
                .add(sum(cpu -> cpu.softInterruptCounts().stream()
                        .mapToLong(Long::longValue)
                        .sum()));
        for (int kind = 0; kind < kinds; kind++) {
            int index = kind;
            text.field(sum(cpu -> cpu.softInterruptCounts().get(index)));
        }
        text.end();
    }

    private static void times(Text text, List<SystemState.Cpu> cpus) {
        List<ToLongFunction<SystemState.Cpu>> columns = List.of(
                SystemState.Cpu::user,
                SystemState.Cpu::nice,
                SystemState.Cpu::system,
                SystemState.Cpu::idle,
                SystemState.Cpu::ioWait,
                SystemState.Cpu::interrupt,
                SystemState.Cpu::softInterrupt,
                SystemState.Cpu::steal,
                SystemState.Cpu::guest,
                SystemState.Cpu::guestNice);
        for (ToLongFunction<SystemState.Cpu> column : columns) {
            text.field(cpus.stream().mapToLong(column).sum() / SystemState.NANOS_PER_TICK);
        }
        text.end();
    }

    private long sum(ToLongFunction<SystemState.Cpu> value) {
        return system.cpus().stream().mapToLong(value).sum();
    }

    private Text uptime() {
        Text text = new Text();
        seconds(text, system.uptimeNanos());
        text.add(" ");
        seconds(text, sum(SystemState.Cpu::idle));
        return text.end();
    }

    private static void seconds(Text text, long nanos) {
        long hundredths = Math.max(0, nanos / NANOS_PER_CENTISECOND);
        text.add(hundredths / 100)
                .add(".")
                .add(hundredths % 100 < 10 ? "0" : "")
                .add(hundredths % 100);
    }

    /** As {@code loadavg_proc_show} in fs/proc/loadavg.c. */
    private Text load() {
        Text text = new Text();
        for (long load : system.load()) {
            long rounded = load + LOAD_ONE / 200;
            long fraction = (rounded & LOAD_ONE - 1) * 100 >> LOAD_SHIFT;
            text.add(rounded >> LOAD_SHIFT)
                    .add(fraction < 10 ? ".0" : ".")
                    .add(fraction)
                    .add(" ");
        }
        text.add(sum(SystemState.Cpu::running)).add("/").add(system.threads()).field(system.lastPid());
        return text.end();
    }

    private Text memory() {
        Text text = new Text();
        for (SystemState.Amount amount : system.memory().amounts()) {
            text.left(amount.name() + ":", 16)
                    .right(amount.bytes() >> 10, 8)
                    .add(" kB")
                    .end();
        }
        return text;
    }

    private Text modules() {
        Text text = new Text();
        for (Module module : snapshot.modules()) {
            text.add(module.name())
                    .field(module.size())
                    .add(" ")
                    .add(module.references())
                    .add(" ");
            module.users().forEach(user -> text.add(user).add(","));
            if (module.permanent()) {
                text.add("[permanent],");
            } else if (module.users().isEmpty()) {
                text.add("-");
            }
            text.add(
                    switch (module.state()) {
                        case COMING -> " Loading 0x";
                        case GOING -> " Unloading 0x";
                        default -> " Live 0x";
                    });
            text.hex(module.base(), 16);
            String taints = module.taintLetters();
            text.add(taints.isEmpty() ? "" : " (" + taints + ")").end();
        }
        return text;
    }

    private Text fileSystems() {
        Text text = new Text();
        system.fileSystems()
                .forEach(type -> text.add(type.needsDevice() ? "" : "nodev")
                        .add("\t")
                        .add(type.name())
                        .end());
        return text;
    }

    private Text processors() {
        Text text = new Text();
        for (int index = 0; index < system.cpus().size(); index++) {
            SystemState.Cpu cpu = system.cpus().get(index);
            text.add("processor\t: ").add(index).end();
            text.add("vendor_id\t: ").add(cpu.vendor()).end();
            text.add("cpu family\t: ").add(cpu.family()).end();
            text.add("model\t\t: ").add(cpu.model()).end();
            text.add("model name\t: ").add(cpu.modelName()).end();
            text.add("stepping\t: ").add(cpu.stepping()).end();
            text.add("cpu MHz\t\t: ").add(cpu.kiloHertz() / 1000).add(".").right("", 0);
            text.add(String.format(java.util.Locale.ROOT, "%03d", cpu.kiloHertz() % 1000))
                    .end();
            text.end();
        }
        return text;
    }
}
