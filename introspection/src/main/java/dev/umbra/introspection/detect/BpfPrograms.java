// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import java.util.List;
import java.util.Set;

/**
 * Loaded eBPF programs of kinds that can change what the kernel does, or what it tells: tracing programs can write to the
 * memory of processes and replace what functions return. Administrators use them as well, so they are worth a notice, no more.
 */
final class BpfPrograms implements Detector {
    private static final List<String> RISKY = List.of(
            "BPF_PROG_TYPE_KPROBE",
            "BPF_PROG_TYPE_TRACEPOINT",
            "BPF_PROG_TYPE_PERF_EVENT",
            "BPF_PROG_TYPE_RAW_TRACEPOINT",
            "BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE",
            "BPF_PROG_TYPE_TRACING",
            "BPF_PROG_TYPE_STRUCT_OPS",
            "BPF_PROG_TYPE_EXT",
            "BPF_PROG_TYPE_LSM",
            "BPF_PROG_TYPE_SYSCALL");
    private static final int PREFIX = "BPF_PROG_TYPE_".length();

    @Override
    public String name() {
        return "bpf-programs";
    }

    @Override
    public Set<FindingKind> kinds() {
        return Set.of(FindingKind.BPF_PROGRAM_LOADED);
    }

    @Override
    public void examine(Examination examination) {
        Reading reading = examination.reading();
        var type = examination.profile().field("bpf_prog", "type");
        int auxiliary = reading.offset("bpf_prog", "aux");
        int name = reading.offset("bpf_prog_aux", "name");
        long programs = examination.profile().requireSymbol("prog_idr") + reading.offset("idr", "idr_rt");
        reading.array("prog_idr", programs, (id, program) -> {
            long kind = type.read(examination.memory(), program);
            for (String risky : RISKY) {
                if (examination.profile().enumValue("bpf_prog_type", risky).orElse(-1) == kind) {
                    examination.report(new Sighting(
                            FindingKind.BPF_PROGRAM_LOADED,
                            "program " + id,
                            new Evidence.Text("type", risky.substring(PREFIX)),
                            new Evidence.Text("name", reading.name(reading.pointer(program, auxiliary) + name))));
                }
            }
        });
    }
}
