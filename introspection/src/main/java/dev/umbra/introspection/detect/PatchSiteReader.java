// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.detect.PatchSites.Kind;
import dev.umbra.introspection.detect.PatchSites.Site;
import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.Symbol;
import dev.umbra.introspection.kernel.structures.Budget;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds where the kernel patches code, by the tables it has of that: its own, and the ones that a module brings. */
final class PatchSiteReader {
    /** How the symbols of trampolines begin. */
    static final String TRAMPOLINE = "__SCT__";

    private static final int MAXIMUM_RECORDS = 1 << 19;
    private static final int MAXIMUM_PAGES = 1 << 14;
    private static final int JUMP_LENGTH = 5;
    private static final int JUMP_ENTRY = 16;
    private static final int CALL_SITE = 8;

    private final Examination examination;
    private final Reading reading;
    private final AddressSpace memory;
    private final Budget budget;
    private final long start;
    private final long size;
    private final Map<Long, Site> sites = new HashMap<>();

    private PatchSiteReader(Examination examination, long start, long size, Budget budget) {
        this.examination = examination;
        this.reading = examination.reading();
        this.memory = examination.memory();
        this.budget = budget;
        this.start = start;
        this.size = size;
    }

    /** The places in the kernel's own text. */
    static PatchSites ofKernel(Examination examination) {
        KernelProfile profile = examination.profile();
        long text = profile.requireSymbol("_stext");
        long size = profile.requireSymbol("_etext") - text;
        PatchSiteReader reader = new PatchSiteReader(examination, text, size, new Budget(MAXIMUM_RECORDS));
        reader.reading.part(
                "__jump_table",
                () -> reader.jumpLabels(
                        profile.requireSymbol("__start___jump_table"), profile.requireSymbol("__stop___jump_table")));
        reader.reading.part(
                "static_call_sites",
                () -> reader.staticCalls(
                        profile.requireSymbol("__start_static_call_sites"),
                        profile.requireSymbol("__stop_static_call_sites")));
        reader.reading.part("ftrace_pages", reader::tracer);
        profile.symbols()
                .filter(symbol -> symbol.name().startsWith(TRAMPOLINE))
                .map(Symbol::address)
                .forEach(reader::call);
        for (String call : List.of("ftrace_call", "ftrace_regs_call", "ftrace_graph_call")) {
            reader.reading.optional(call, reader::call);
        }
        return PatchSites.of(reader.sites.values());
    }

    /**
     * The places in the text of a module.
     *
     * @param trampolines addresses of those of static calls
     * @param budget of entries of tables
     */
    static PatchSites ofModule(Examination examination, Modules.Module module, List<Long> trampolines, Budget budget) {
        Modules.Region text = module.text().getFirst();
        PatchSiteReader reader = new PatchSiteReader(examination, text.base(), text.size(), budget);
        reader.table(module, "jump_entries", "num_jump_entries", JUMP_ENTRY, reader::jumpLabels);
        reader.table(module, "static_call_sites", "num_static_call_sites", CALL_SITE, reader::staticCalls);
        reader.table(module, "ftrace_callsites", "num_ftrace_callsites", Long.BYTES, reader::callSites);
        trampolines.forEach(reader::call);
        return PatchSites.of(reader.sites.values());
    }

    /** Reads what lies between two addresses. */
    @FunctionalInterface
    private interface Table {
        void read(long first, long end);
    }

    private void table(Modules.Module module, String place, String number, int entry, Table table) {
        if (examination.profile().has("module", place)) {
            long first = reading.pointer(module.address(), reading.offset("module", place));
            long count = memory.u32(module.address() + reading.offset("module", number)) & 0xffff_ffffL;
            if (first != 0) {
                table.read(first, first + count * entry);
            }
        }
    }

    private boolean within(long address) {
        return Long.compareUnsigned(address - start, size) < 0;
    }

    private void add(Site site) {
        if (within(site.address())) {
            sites.put(site.address(), site);
        }
    }

    private void call(long address) {
        add(new Site(address, Kind.STATIC_CALL, JUMP_LENGTH, 0));
    }

    private void traced(long address) {
        add(new Site(address, Kind.TRACER, JUMP_LENGTH, 0));
    }

    /** Addresses are relative to where they are written. */
    private long relative(long place) {
        return place + memory.u32(place);
    }

    private boolean take(String what, long place) {
        if (budget.take()) {
            return true;
        }
        examination.gap(Reason.TOO_MANY, what, place);
        return false;
    }

    private void jumpLabels(long first, long end) {
        for (long entry = first;
                Long.compareUnsigned(entry, end) < 0 && take("__jump_table", entry);
                entry += JUMP_ENTRY) {
            long code = relative(entry);
            if (within(code)) {
                int opcode = memory.u8(code);
                int length = opcode == 0xeb || opcode == 0x66 ? 2 : JUMP_LENGTH;
                add(new Site(code, Kind.JUMP_LABEL, length, relative(entry + 4)));
            }
        }
    }

    private void staticCalls(long first, long end) {
        for (long entry = first;
                Long.compareUnsigned(entry, end) < 0 && take("static_call_sites", entry);
                entry += CALL_SITE) {
            long code = relative(entry);
            if (within(code)) {
                boolean conditional = memory.u8(code) == 0x0f && (memory.u8(code + 1) & 0xf0) == 0x80;
                add(new Site(code, Kind.STATIC_CALL, conditional ? PatchSites.MAXIMUM_LENGTH : JUMP_LENGTH, 0));
            }
        }
    }

    /** A module's own list of where its functions call the tracer. */
    private void callSites(long first, long end) {
        for (long entry = first;
                Long.compareUnsigned(entry, end) < 0 && take("ftrace_callsites", entry);
                entry += Long.BYTES) {
            traced(memory.u64(entry));
        }
    }

    private void tracer() {
        int next = reading.offset("ftrace_page", "next");
        int records = reading.offset("ftrace_page", "records");
        int used = reading.offset("ftrace_page", "index");
        int record = examination.profile().size("dyn_ftrace");
        int place = reading.offset("dyn_ftrace", "ip");
        long page = memory.u64(examination.profile().requireSymbol("ftrace_pages_start"));
        for (int pages = 0; page != 0; pages++) {
            int count = memory.u32(page + used);
            if (pages > MAXIMUM_PAGES || count < 0 || !budget.take(count)) {
                examination.gap(Reason.TOO_MANY, "ftrace_pages", page);
                return;
            }
            long first = memory.u64(page + records);
            for (int index = 0; index < count; index++) {
                traced(memory.u64(first + (long) index * record + place));
            }
            page = memory.u64(page + next);
        }
    }
}
