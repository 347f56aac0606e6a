// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.detect.CodeMap.Owner;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernel's code as it is without probes. A probe is one byte {@code INT3}, or when it is optimized a jump of five bytes to
 * a copy ({@code arch/x86/kernel/kprobes/opt.c}); the kernel keeps what was there. Who set a probe is for {@link KprobeHooks}.
 */
final class ProbedText {
    private record Probe(long address, byte[] original) {}

    private static final int BUCKETS = 64;
    private static final int BREAKPOINT = 0xcc;
    private static final int JUMP = 0xe9;
    private static final int JUMP_LENGTH = 5;

    private final List<Probe> probes;

    private ProbedText(List<Probe> probes) {
        this.probes = probes;
    }

    static ProbedText read(Examination examination) {
        List<Probe> probes = new ArrayList<>();
        Reading reading = examination.reading();
        reading.optional("kprobe_table", table -> {
            for (int bucket = 0; bucket < BUCKETS; bucket++) {
                reading.chain(
                        "kprobe_table",
                        reading.memory().u64(table + (long) bucket * Long.BYTES),
                        reading.offset("kprobe", "hlist"),
                        probe -> add(examination, probe, probes));
            }
        });
        return new ProbedText(probes);
    }

    private static void add(Examination examination, long probe, List<Probe> probes) {
        Reading reading = examination.reading();
        long address = reading.pointer(probe, reading.offset("kprobe", "addr"));
        int opcode = reading.memory().u8(probe + reading.offset("kprobe", "opcode"));
        int now = reading.memory().u8(address);
        if (now == BREAKPOINT) {
            probes.add(new Probe(address, new byte[] {(byte) opcode}));
        } else if (now == JUMP
                && examination
                        .code()
                        .find(address + JUMP_LENGTH + reading.memory().u32(address + 1))
                        .filter(code -> code.owner() == Owner.PROBE)
                        .isPresent()) {
            byte[] original = new byte[JUMP_LENGTH];
            original[0] = (byte) opcode;
            byte[] copied = reading.memory()
                    .bytes(probe + reading.offset("optimized_kprobe", "optinsn.copied_insn"), JUMP_LENGTH - 1);
            System.arraycopy(copied, 0, original, 1, copied.length);
            probes.add(new Probe(address, original));
        }
    }

    /** Puts the original bytes where probes are. */
    void restore(long start, byte[] bytes) {
        for (Probe probe : probes) {
            for (int index = 0; index < probe.original().length; index++) {
                long offset = probe.address() + index - start;
                if (offset >= 0 && offset < bytes.length) {
                    bytes[(int) offset] = probe.original()[index];
                }
            }
        }
    }
}
