// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.kernel.Symbol;
import dev.umbra.introspection.memory.AddressSpace;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Where the processors go by themselves: for interrupts and exceptions by the interrupt descriptor table (AMD64 Architecture
 * Programmer's Manual, volume 2, 4.8.4), for system calls by the LSTAR register. The registers come from L0, not from the
 * kernel's memory, so a table that was exchanged as a whole is noticed, too: the one in use must lie in the very memory of the
 * kernel's own.
 */
final class InterruptTable implements Detector {
    private static final int GATES = 256;
    private static final int GATE_SIZE = 16;
    private static final int PRESENT = 0x80;
    private static final int EXCEPTION_VECTORS = 32;
    private static final long EARLY_HANDLER_SIZE = 13;
    private static final Map<Integer, Set<String>> EXCEPTIONS = Map.ofEntries(
            Map.entry(0, Set.of("asm_exc_divide_error")),
            Map.entry(1, Set.of("asm_exc_debug")),
            Map.entry(2, Set.of("asm_exc_nmi")),
            Map.entry(3, Set.of("asm_exc_int3")),
            Map.entry(4, Set.of("asm_exc_overflow")),
            Map.entry(5, Set.of("asm_exc_bounds")),
            Map.entry(6, Set.of("asm_exc_invalid_op")),
            Map.entry(7, Set.of("asm_exc_device_not_available")),
            Map.entry(8, Set.of("asm_exc_double_fault")),
            Map.entry(10, Set.of("asm_exc_invalid_tss")),
            Map.entry(11, Set.of("asm_exc_segment_not_present")),
            Map.entry(12, Set.of("asm_exc_stack_segment")),
            Map.entry(13, Set.of("asm_exc_general_protection")),
            Map.entry(14, Set.of("asm_exc_page_fault")),
            Map.entry(16, Set.of("asm_exc_coprocessor_error")),
            Map.entry(17, Set.of("asm_exc_alignment_check")),
            Map.entry(18, Set.of("asm_exc_machine_check")),
            Map.entry(19, Set.of("asm_exc_simd_coprocessor_error")),
            Map.entry(0x80, Set.of("entry_INT80_compat", "asm_int80_emulation", "int80_emulation")));
    private static final List<String> ENTRIES =
            List.of("asm_", "irq_entries_start", "spurious_entries_start", "xen_", "hyperv_");
    private static final Set<String> SYSTEM_CALL_ENTRIES = Set.of("entry_SYSCALL_64", "xen_entry_SYSCALL_64");

    @Override
    public String name() {
        return "interrupt-table";
    }

    @Override
    public Set<FindingKind> kinds() {
        return Set.of(FindingKind.INTERRUPT_HOOKED, FindingKind.SYSTEM_CALL_ENTRY_MOVED);
    }

    @Override
    public void examine(Examination examination) {
        long table = examination.profile().requireSymbol("idt_table");
        for (VcpuRegisters registers : examination.registers()) {
            if (!registers.longMode()) {
                continue;
            }
            base(examination, registers, table);
            systemCallEntry(examination, registers);
        }
        for (int vector = 0; vector < GATES; vector++) {
            gate(examination, table, vector);
        }
    }

    private static void base(Examination examination, VcpuRegisters registers, long table) {
        AddressSpace memory = examination.memory();
        if (registers.idtBase() != 0 && memory.physical(registers.idtBase()) != memory.physical(table)) {
            examination.report(new Sighting(
                    FindingKind.INTERRUPT_HOOKED,
                    "table of processor " + registers.vcpu(),
                    examination.address("in use", registers.idtBase()),
                    examination.address("of the kernel", table)));
        }
    }

    private static void systemCallEntry(Examination examination, VcpuRegisters registers) {
        boolean known = SYSTEM_CALL_ENTRIES.stream()
                .map(examination.profile()::symbol)
                .flatMapToLong(OptionalLong::stream)
                .anyMatch(entry -> entry == registers.lstar());
        if (registers.lstar() != 0 && !known) {
            examination.report(new Sighting(
                    FindingKind.SYSTEM_CALL_ENTRY_MOVED,
                    "processor " + registers.vcpu(),
                    examination.address("LSTAR", registers.lstar()),
                    examination.address(
                            "expected",
                            examination.profile().symbol("entry_SYSCALL_64").orElse(0))));
        }
    }

    private static void gate(Examination examination, long table, int vector) {
        AddressSpace memory = examination.memory();
        long gate = table + (long) vector * GATE_SIZE;
        if ((memory.u8(gate + 5) & PRESENT) == 0) {
            return;
        }
        long handler = memory.u16(gate) | (long) memory.u16(gate + 6) << 16 | (long) memory.u32(gate + 8) << 32;
        if (!expected(examination, vector, handler)) {
            examination.report(new Sighting(
                    FindingKind.INTERRUPT_HOOKED,
                    "vector " + vector,
                    new Evidence.Text(
                            "expected", String.join(" or ", EXCEPTIONS.getOrDefault(vector, Set.of("an entry")))),
                    examination.address("leads to", handler)));
        }
    }

    private static boolean expected(Examination examination, int vector, long handler) {
        if (vector < EXCEPTION_VECTORS && unused(examination, handler)) {
            return true;
        }
        Set<String> names = EXCEPTIONS.get(vector);
        if (names != null) {
            return names.stream()
                    .map(examination.profile()::symbol)
                    .flatMapToLong(OptionalLong::stream)
                    .anyMatch(entry -> entry == handler);
        }
        Optional<Symbol> symbol = examination.profile().nearest(handler);
        return examination.code().inKernel(handler)
                && symbol.filter(known -> ENTRIES.stream().anyMatch(known.name()::startsWith))
                        .isPresent();
    }

    /** Exceptions that the kernel has no use for keep the handlers of the boot, whose code is gone; they cannot happen. */
    private static boolean unused(Examination examination, long handler) {
        long early = examination.profile().symbol("early_idt_handler_array").orElse(0);
        return early != 0 && Long.compareUnsigned(handler - early, EXCEPTION_VECTORS * EARLY_HANDLER_SIZE) < 0;
    }
}
