// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Severity;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.detect.CodeMap.Owner;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Users of the function tracer ({@code kernel/trace/ftrace.c}). Each one names a function to be called, and the functions of the
 * kernel at whose start it is to be called; one that may change the instruction pointer replaces them. Those of the kernel itself,
 * with probes and eBPF trampolines among them, are judged where they belong.
 */
final class FtraceHooks implements Detector {
    /** Functions of one tracer that are named in the evidence. */
    private static final int NAMED = 8;

    private static final int MAXIMUM_BUCKET_BITS = 16;
    /** {@code FTRACE_OPS_FL_IPMODIFY}: it may change the instruction pointer. */
    private static final long IPMODIFY = 1 << 12;

    @Override
    public String name() {
        return "ftrace-hooks";
    }

    @Override
    public Set<FindingKind> kinds() {
        return Set.of(FindingKind.FTRACE_HOOK);
    }

    @Override
    public void examine(Examination examination) {
        Reading reading = examination.reading();
        long first = examination.memory().u64(examination.profile().requireSymbol("ftrace_ops_list"));
        long end = examination.profile().requireSymbol("ftrace_list_end");
        reading.next("ftrace_ops_list", first, reading.offset("ftrace_ops", "next"), tracer -> {
            if (tracer != end) {
                tracer(examination, tracer);
            }
        });
    }

    private static void tracer(Examination examination, long tracer) {
        Reading reading = examination.reading();
        long function = function(reading, tracer);
        Optional<CodeMap.Code> owner = examination.code().find(function);
        if (owner.filter(code -> code.owner() == Owner.KERNEL || code.owner() == Owner.BPF)
                .isPresent()) {
            return;
        }
        List<Long> places = new ArrayList<>();
        long count = places(reading, tracer, places);
        long flags = reading.pointer(tracer, reading.offset("ftrace_ops", "flags"));
        List<String> names = places.stream()
                .map(place -> examination.profile().symbolAt(place).orElse("0x" + Long.toHexString(place)))
                .map(name -> name.replaceAll("\\+0x[0-9a-f]$", ""))
                .sorted()
                .toList();
        boolean replaces =
                (flags & IPMODIFY) != 0 || owner.isEmpty() || !owner.get().legitimate();
        examination.report(new Sighting(
                FindingKind.FTRACE_HOOK,
                names.isEmpty() ? "tracer 0x" + Long.toHexString(function) : String.join(" ", names),
                replaces ? Severity.CRITICAL : FindingKind.FTRACE_HOOK.severity(),
                List.of(
                        new Evidence.Text("owner", owner.map(CodeMap.Code::name).orElse("nobody")),
                        examination.address("calls", function),
                        new Evidence.Number("functions", count),
                        new Evidence.Text("may replace them", Boolean.toString((flags & IPMODIFY) != 0)),
                        new Evidence.Address("ftrace_ops", tracer))));
    }

    /** With a list of several, or a tracer that needs help, the kernel puts another function before the real one. */
    private static long function(Reading reading, long tracer) {
        long function = reading.pointer(tracer, reading.offset("ftrace_ops", "func"));
        long saved = reading.profile().has("ftrace_ops", "saved_func")
                ? reading.pointer(tracer, reading.offset("ftrace_ops", "saved_func"))
                : 0;
        OptionalLong stub = reading.profile().symbol("ftrace_pid_func");
        return saved != 0 && stub.isPresent() && stub.getAsLong() == function ? saved : function;
    }

    /** Addresses in the filter; none means all functions. */
    private static long places(Reading reading, long tracer, List<Long> places) {
        long hashes = reading.pointer(tracer, reading.offset("ftrace_ops", "func_hash"));
        long filter = hashes == 0 ? 0 : reading.pointer(hashes, reading.offset("ftrace_ops_hash", "filter_hash"));
        if (filter == 0) {
            return 0;
        }
        long bits = reading.pointer(filter, reading.offset("ftrace_hash", "size_bits"));
        long buckets = reading.pointer(filter, reading.offset("ftrace_hash", "buckets"));
        if (bits < 0 || bits > MAXIMUM_BUCKET_BITS) {
            reading.gap(Reason.MALFORMED, "ftrace_hash", filter);
            return 0;
        }
        int link = reading.offset("ftrace_func_entry", "hlist");
        int place = reading.offset("ftrace_func_entry", "ip");
        for (long bucket = 0; bucket < 1L << bits && places.size() < NAMED; bucket++) {
            long first = reading.memory().u64(buckets + bucket * Long.BYTES);
            reading.chain("ftrace_hash", first, link, entry -> {
                if (places.size() < NAMED) {
                    places.add(reading.pointer(entry, place));
                }
            });
        }
        return reading.pointer(filter, reading.offset("ftrace_hash", "count"));
    }
}
