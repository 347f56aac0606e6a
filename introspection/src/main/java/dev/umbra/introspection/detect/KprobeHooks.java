// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Severity;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.detect.CodeMap.Owner;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Probes in the kernel's code ({@code kernel/kprobes.c}). What a probe may do depends on who handles it: those of the kernel's own
 * tracing report what happens, and are how administrators look into a system; a handler in a module may change registers and
 * memory as it likes, at system calls and at what shows things to programs to hide something.
 */
final class KprobeHooks implements Detector {
    private static final int BUCKETS = 64;
    /** Functions that decide what programs see or may, by the start of their names. */
    private static final List<String> SENSITIVE = List.of(
            "__x64_sys_",
            "__ia32_",
            "do_syscall_64",
            "x64_sys_call",
            "tcp4_seq",
            "tcp6_seq",
            "udp4_seq",
            "udp6_seq",
            "filldir",
            "compat_filldir",
            "iterate_dir",
            "proc_",
            "vfs_",
            "commit_creds",
            "security_",
            "kallsyms_",
            "find_module",
            "m_show",
            "next_tgid",
            "find_task_by",
            "tty_",
            "n_tty_",
            "packet_rcv",
            "tpacket_rcv");

    @Override
    public String name() {
        return "kprobes";
    }

    @Override
    public Set<FindingKind> kinds() {
        return Set.of(FindingKind.KPROBE_HOOK);
    }

    @Override
    public void examine(Examination examination) {
        Reading reading = examination.reading();
        long table = examination.profile().requireSymbol("kprobe_table");
        int link = reading.offset("kprobe", "hlist");
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            long first = reading.memory().u64(table + (long) bucket * Long.BYTES);
            reading.chain("kprobe_table", first, link, probe -> place(examination, probe));
        }
    }

    /** Several probes at one place stand in a list behind one that calls them all. */
    private static void place(Examination examination, long probe) {
        Reading reading = examination.reading();
        OptionalLong aggregate = examination.profile().symbol("aggr_pre_handler");
        long handler = reading.pointer(probe, reading.offset("kprobe", "pre_handler"));
        if (aggregate.isPresent() && handler == aggregate.getAsLong()) {
            int list = reading.offset("kprobe", "list");
            reading.ring("kprobe.list", probe + list, list, member -> probe(examination, member));
        } else {
            probe(examination, probe);
        }
    }

    private static void probe(Examination examination, long probe) {
        Reading reading = examination.reading();
        long place = reading.pointer(probe, reading.offset("kprobe", "addr"));
        long handler = handler(reading, probe);
        Optional<CodeMap.Code> owner = examination.code().find(handler);
        boolean own = owner.filter(code -> code.owner() == Owner.KERNEL).isPresent();
        String symbol = examination.code().describe(place).orElse("0x" + Long.toHexString(place));
        examination.report(new Sighting(
                FindingKind.KPROBE_HOOK,
                symbol + " by " + owner.map(CodeMap.Code::name).orElse("nobody"),
                severity(own, owner, symbol),
                List.of(
                        examination.address("probed", place),
                        examination.address("handler", handler),
                        new Evidence.Text("owner", owner.map(CodeMap.Code::name).orElse("nobody")),
                        new Evidence.Address("kprobe", probe))));
    }

    private static Severity severity(boolean own, Optional<CodeMap.Code> owner, String symbol) {
        if (own) {
            return Severity.NOTICE;
        }
        boolean sensitive = SENSITIVE.stream().anyMatch(symbol::startsWith);
        return sensitive || owner.isEmpty() || !owner.get().legitimate() ? Severity.CRITICAL : Severity.WARNING;
    }

    /** A probe of a function's return has a handler of its own behind the kernel's. */
    private static long handler(Reading reading, long probe) {
        long before = reading.pointer(probe, reading.offset("kprobe", "pre_handler"));
        OptionalLong atReturn = reading.profile().symbol("pre_handler_kretprobe");
        if (atReturn.isPresent()
                && before == atReturn.getAsLong()
                && reading.profile().has("kretprobe", "handler")) {
            long handler = reading.pointer(probe, reading.offset("kretprobe", "handler"));
            return handler != 0 ? handler : reading.pointer(probe, reading.offset("kretprobe", "entry_handler"));
        }
        return before != 0 ? before : reading.pointer(probe, reading.offset("kprobe", "post_handler"));
    }
}
