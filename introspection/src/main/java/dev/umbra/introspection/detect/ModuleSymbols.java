// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import java.util.OptionalLong;

/** Symbols of modules, which keep their own ELF symbol tables ({@code kernel/module/kallsyms.c}). */
final class ModuleSymbols {
    private static final int ELF_SYMBOL = 24;
    private static final int ELF_VALUE = 8;
    private static final int MAXIMUM_SYMBOLS = 1 << 16;
    private static final int NAME = 128;

    private ModuleSymbols() {}

    /** The address of a symbol of a module, if both are there. */
    static OptionalLong find(Examination examination, String module, String symbol) {
        for (Modules.Module known : examination.modules().all()) {
            if (known.name().equals(module)) {
                return find(examination, known.address(), symbol);
            }
        }
        return OptionalLong.empty();
    }

    private static OptionalLong find(Examination examination, long module, String symbol) {
        Reading reading = examination.reading();
        AddressSpace memory = examination.memory();
        long table = reading.pointer(module, reading.offset("module", "kallsyms"));
        long symbols = reading.pointer(table, reading.offset("mod_kallsyms", "symtab"));
        long names = reading.pointer(table, reading.offset("mod_kallsyms", "strtab"));
        int count = memory.u32(table + reading.offset("mod_kallsyms", "num_symtab"));
        if (count < 0 || count > MAXIMUM_SYMBOLS) {
            examination.gap(Reason.TOO_MANY, "mod_kallsyms", table);
            return OptionalLong.empty();
        }
        for (int index = 0; index < count; index++) {
            long entry = symbols + (long) index * ELF_SYMBOL;
            long name = names + (memory.u32(entry) & 0xffff_ffffL);
            if (memory.u8(name) == symbol.charAt(0) && memory.string(name, NAME).equals(symbol)) {
                return OptionalLong.of(memory.u64(entry + ELF_VALUE));
            }
        }
        return OptionalLong.empty();
    }
}
