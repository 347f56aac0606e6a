// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Places in the kernel's text that the kernel itself changes while it runs: jump labels ({@code arch/x86/kernel/jump_label.c}),
 * static calls and their trampolines ({@code static_call.c}), and the calls of the function tracer ({@code ftrace.c}). Everything
 * else that patches code, such as alternatives and retpolines, is done before the first program runs. Immutable, and taken
 * once for each boot: a place that is added later is none.
 */
final class PatchSites {
    /** What patches a place. */
    enum Kind {
        /** Two or five bytes: a NOP, or a jump to one known place. */
        JUMP_LABEL,
        /** Five bytes, six if conditional: a call or jump, nothing, a return, or a zero result. */
        STATIC_CALL,
        /** Five bytes at the start of a function: a NOP, or a call of the tracer. */
        TRACER
    }

    /** @param target of a jump label */
    record Site(long address, Kind kind, int length, long target) {}

    /** The longest. */
    static final int MAXIMUM_LENGTH = 6;

    private static final int MAXIMUM_RECORDS = 1 << 19;
    private static final int MAXIMUM_PAGES = 1 << 14;
    private static final int JUMP_LENGTH = 5;
    private static final int JUMP_ENTRY = 16;
    private static final int CALL_SITE = 8;

    private final Site[] sites;

    private PatchSites(Site[] sites) {
        this.sites = sites;
    }

    /** @param trampolines addresses of the trampolines of static calls */
    static PatchSites read(Examination examination, List<Long> trampolines) {
        Reading reading = examination.reading();
        Map<Long, Site> sites = new HashMap<>();
        long start = examination.profile().requireSymbol("_stext");
        long size = examination.profile().requireSymbol("_etext") - start;
        Adder adder = new Adder(examination, sites, start, size);
        reading.part("__jump_table", adder::jumpLabels);
        reading.part("static_call_sites", adder::staticCalls);
        reading.part("ftrace_pages", adder::tracer);
        trampolines.forEach(address -> adder.add(new Site(address, Kind.STATIC_CALL, JUMP_LENGTH, 0)));
        for (String call : List.of("ftrace_call", "ftrace_regs_call", "ftrace_graph_call")) {
            reading.optional(call, address -> adder.add(new Site(address, Kind.STATIC_CALL, JUMP_LENGTH, 0)));
        }
        Site[] sorted = sites.values().toArray(Site[]::new);
        Arrays.sort(sorted, (left, right) -> Long.compareUnsigned(left.address(), right.address()));
        return new PatchSites(sorted);
    }

    int count() {
        return sites.length;
    }

    Site site(int index) {
        return sites[index];
    }

    /** Index of the first site that reaches into what begins at an address. */
    int firstFrom(long address) {
        int low = 0;
        int high = sites.length;
        while (low < high) {
            int middle = low + high >>> 1;
            if (Long.compareUnsigned(sites[middle].address() + sites[middle].length(), address) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private record Adder(Examination examination, Map<Long, Site> sites, long start, long size) {
        void add(Site site) {
            if (Long.compareUnsigned(site.address() - start, size) < 0) {
                sites.put(site.address(), site);
            }
        }

        /** Addresses are relative to where they are written. */
        private long relative(long place) {
            return place + examination.memory().u32(place);
        }

        void jumpLabels() {
            long end = examination.profile().requireSymbol("__stop___jump_table");
            for (long entry = examination.profile().requireSymbol("__start___jump_table");
                    Long.compareUnsigned(entry, end) < 0;
                    entry += JUMP_ENTRY) {
                long code = relative(entry);
                if (Long.compareUnsigned(code - start, size) < 0) {
                    int first = examination.memory().u8(code);
                    int length = first == 0xeb || first == 0x66 ? 2 : JUMP_LENGTH;
                    add(new Site(code, Kind.JUMP_LABEL, length, relative(entry + 4)));
                }
            }
        }

        void staticCalls() {
            long end = examination.profile().requireSymbol("__stop_static_call_sites");
            for (long entry = examination.profile().requireSymbol("__start_static_call_sites");
                    Long.compareUnsigned(entry, end) < 0;
                    entry += CALL_SITE) {
                long code = relative(entry);
                if (Long.compareUnsigned(code - start, size) < 0) {
                    boolean conditional = examination.memory().u8(code) == 0x0f
                            && (examination.memory().u8(code + 1) & 0xf0) == 0x80;
                    add(new Site(code, Kind.STATIC_CALL, conditional ? MAXIMUM_LENGTH : JUMP_LENGTH, 0));
                }
            }
        }

        void tracer() {
            Reading reading = examination.reading();
            AddressSpace memory = examination.memory();
            int next = reading.offset("ftrace_page", "next");
            int records = reading.offset("ftrace_page", "records");
            int used = reading.offset("ftrace_page", "index");
            int size = examination.profile().size("dyn_ftrace");
            int place = reading.offset("dyn_ftrace", "ip");
            long page = memory.u64(examination.profile().requireSymbol("ftrace_pages_start"));
            long budget = MAXIMUM_RECORDS;
            for (int pages = 0; page != 0; pages++) {
                int count = memory.u32(page + used);
                budget -= Math.max(count, 0);
                if (pages > MAXIMUM_PAGES || count < 0 || budget < 0) {
                    examination.gap(Reason.TOO_MANY, "ftrace_pages", page);
                    return;
                }
                long first = memory.u64(page + records);
                for (int index = 0; index < count; index++) {
                    long address = memory.u64(first + (long) index * size + place);
                    add(new Site(address, Kind.TRACER, JUMP_LENGTH, 0));
                }
                page = memory.u64(page + next);
            }
        }
    }
}
