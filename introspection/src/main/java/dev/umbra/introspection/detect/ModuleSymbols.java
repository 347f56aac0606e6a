// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Unreadable;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Symbols of a module, which keeps its own ELF symbol table ({@code kernel/module/kallsyms.c}). Its names are the tenant's. */
final class ModuleSymbols {
    private static final int ELF_SYMBOL = 24;
    private static final int ELF_VALUE = 8;
    private static final int MAXIMUM_SYMBOLS = 1 << 16;
    private static final int NAME = 128;

    private final Examination examination;
    private final AddressSpace memory;
    private final long symbols;
    private final long names;
    private final int count;

    private ModuleSymbols(Examination examination, long module) {
        Reading reading = examination.reading();
        long table = reading.pointer(module, reading.offset("module", "kallsyms"));
        this.examination = examination;
        this.memory = examination.memory();
        this.symbols = reading.pointer(table, reading.offset("mod_kallsyms", "symtab"));
        this.names = reading.pointer(table, reading.offset("mod_kallsyms", "strtab"));
        int number = memory.u32(table + reading.offset("mod_kallsyms", "num_symtab"));
        boolean plausible = number >= 0 && number <= MAXIMUM_SYMBOLS;
        if (!plausible) {
            examination.gap(Reason.TOO_MANY, "mod_kallsyms", table);
        }
        this.count = plausible ? number : 0;
    }

    static ModuleSymbols of(Examination examination, Modules.Module module) {
        return new ModuleSymbols(examination, module.address());
    }

    /** The address of a symbol of a module, if both are there. */
    static OptionalLong find(Examination examination, String module, String symbol) {
        for (Modules.Module known : examination.modules().all()) {
            if (known.name().equals(module)) {
                return of(examination, known).find(symbol);
            }
        }
        return OptionalLong.empty();
    }

    int count() {
        return count;
    }

    private OptionalLong find(String symbol) {
        for (int index = 0; index < count; index++) {
            long name = name(index);
            if (memory.u8(name) == symbol.charAt(0) && memory.string(name, NAME).equals(symbol)) {
                return OptionalLong.of(value(index));
            }
        }
        return OptionalLong.empty();
    }

    /** Addresses of all symbols whose names begin so. */
    List<Long> beginningWith(String prefix) {
        List<Long> addresses = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            long name = name(index);
            if (memory.u8(name) == prefix.charAt(0)
                    && memory.string(name, prefix.length()).equals(prefix)) {
                addresses.add(value(index));
            }
        }
        return addresses;
    }

    /** Names by address. */
    NavigableMap<Long, String> byAddress() {
        NavigableMap<Long, String> found = new TreeMap<>(Long::compareUnsigned);
        try {
            for (int index = 0; index < count; index++) {
                String name = memory.string(name(index), NAME);
                if (!name.isEmpty()) {
                    found.putIfAbsent(value(index), name);
                }
            }
        } catch (Unreadable hole) {
            examination.gap(Reason.UNREADABLE, "mod_kallsyms", hole.address());
        }
        return found;
    }

    private long name(int index) {
        return names + (memory.u32(symbols + (long) index * ELF_SYMBOL) & 0xffff_ffffL);
    }

    private long value(int index) {
        return memory.u64(symbols + (long) index * ELF_SYMBOL + ELF_VALUE);
    }
}
