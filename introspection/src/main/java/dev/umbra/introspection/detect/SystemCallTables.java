// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.Symbol;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.Unreadable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The tables of system calls. Each entry must be the very beginning of a function whose name says that it is a system call for
 * that table ({@code arch/x86/include/asm/syscall_wrapper.h}), and where the kernel describes its calls to the tracer, of the
 * call with that number. Newer kernels select the call by code, not by the table; that code is watched as all code is, and the
 * table still serves tracing, so a changed entry is tampering there, too.
 */
final class SystemCallTables implements Detector {
    private record Table(String symbol, List<String> prefixes) {}

    /**
     * What the symbols say, gathered once for each boot.
     *
     * @param entries of each table; it has no length of its own and ends where the next symbol begins
     * @param calls names by address
     */
    private record Symbols(Map<String, Integer> entries, Map<Long, List<String>> calls) {
        static Symbols of(KernelProfile profile) {
            Map<String, Integer> entries = new HashMap<>();
            Map<Long, List<String>> calls = new HashMap<>();
            String open = null;
            long start = 0;
            for (Symbol symbol : (Iterable<Symbol>) profile.symbols()::iterator) {
                if (open != null && symbol.address() != start) {
                    entries.put(open, (int) Math.min((symbol.address() - start) / Long.BYTES, MAXIMUM_CALLS));
                    open = null;
                }
                if (symbol.name().contains("sys_")) {
                    if (TABLES.stream().anyMatch(table -> table.symbol().equals(symbol.name()))) {
                        open = symbol.name();
                        start = symbol.address();
                    } else if (symbol.isText()) {
                        calls.computeIfAbsent(symbol.address(), unused -> new ArrayList<>(1))
                                .add(symbol.name());
                    }
                }
            }
            return new Symbols(entries, calls);
        }
    }

    private static final String NATIVE = "sys_call_table";
    private static final List<Table> TABLES = List.of(
            new Table(NATIVE, List.of("__x64_sys_")),
            new Table("x32_sys_call_table", List.of("__x64_sys_", "__x64_compat_sys_")),
            new Table("ia32_sys_call_table", List.of("__ia32_sys_", "__ia32_compat_sys_")));
    private static final int MAXIMUM_CALLS = 1024;
    private static final String NOT_IMPLEMENTED = "sys_ni_syscall";

    @Override
    public String name() {
        return "system-call-tables";
    }

    @Override
    public Set<FindingKind> kinds() {
        return Set.of(FindingKind.SYSTEM_CALL_HOOKED);
    }

    @Override
    public void examine(Examination examination) {
        Symbols symbols = examination.previous(Symbols.class).orElseGet(() -> Symbols.of(examination.profile()));
        examination.keep(symbols);
        for (Table table : TABLES) {
            OptionalLong base = examination.profile().symbol(table.symbol());
            if (base.isPresent()) {
                int entries = symbols.entries().getOrDefault(table.symbol(), 0);
                table(examination, table, base.getAsLong(), entries, symbols);
            }
        }
    }

    private static void table(Examination examination, Table table, long base, int entries, Symbols symbols) {
        for (int number = 0; number < entries; number++) {
            long entry = examination.memory().u64(base + (long) number * Long.BYTES);
            List<String> names = symbols.calls().getOrDefault(entry, List.of());
            int call = number;
            if (entry != 0 && names.stream().noneMatch(name -> isCall(examination, table, call, name))) {
                examination.report(new Sighting(
                        FindingKind.SYSTEM_CALL_HOOKED,
                        table.symbol() + "[" + number + "]",
                        new Evidence.Text("call", described(examination, number).orElse("unknown")),
                        examination.address("leads to", entry)));
            }
        }
    }

    private static boolean isCall(Examination examination, Table table, int number, String symbol) {
        if (symbol.endsWith(NOT_IMPLEMENTED)) {
            return true;
        }
        Optional<String> prefix =
                table.prefixes().stream().filter(symbol::startsWith).findFirst();
        if (prefix.isEmpty()) {
            return false;
        }
        Optional<String> described = table.symbol().equals(NATIVE) ? described(examination, number) : Optional.empty();
        return described.isEmpty()
                || described.get().equals("sys_" + symbol.substring(prefix.get().length()));
    }

    /** What the kernel tells its tracer about a call: {@code syscalls_metadata}, filled at boot. */
    private static Optional<String> described(Examination examination, int number) {
        OptionalLong table = examination.profile().symbol("syscalls_metadata");
        if (table.isEmpty() || !examination.profile().has("syscall_metadata", "name")) {
            return Optional.empty();
        }
        try {
            long metadata = examination.memory().u64(table.getAsLong());
            long call = metadata == 0 ? 0 : examination.memory().u64(metadata + (long) number * Long.BYTES);
            return call == 0
                    ? Optional.empty()
                    : Optional.of(examination
                            .reading()
                            .named(examination
                                    .memory()
                                    .u64(call + examination.profile().offset("syscall_metadata", "name"))));
        } catch (Unreadable hole) {
            examination.gap(Reason.UNREADABLE, "syscalls_metadata", hole.address());
            return Optional.empty();
        }
    }
}
