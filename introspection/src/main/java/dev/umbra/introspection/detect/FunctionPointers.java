// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.detect.CodeMap.Owner;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.Translation;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Words in the kernel's own data that lead to code which is not the kernel's. No table of operations has to be known by name:
 * <ul>
 *   <li>read-only data were complete before the first module came, so no word of them is an address within a module;
 *   <li>writable data may name functions of modules, which register them, but not of a module that hides, nor code of nobody;
 *   <li>structures of operations that were built into the kernel have the kernel's own functions, also where they are writable.
 * </ul>
 */
final class FunctionPointers implements Detector {
    private static final int PAGE = 4096;
    private static final int MAXIMUM_PAGES = 1 << 16;
    private static final long UPPER_HALF = 0xffff_ffffL;
    private static final Pattern OPERATIONS = Pattern.compile(".*(_ops|_fops|_sops|_iops|_operations|_prot)");
    /** The range for modules, whose start is an address in it; and tables with a detector of their own. */
    private static final Set<String> EXEMPT =
            Set.of("execmem_info", "sys_call_table", "x32_sys_call_table", "ia32_sys_call_table");

    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

    /** A part of the kernel's data, between two symbols. */
    enum Part {
        READ_ONLY("read-only-function-pointers", "__start_rodata", "__end_rodata"),
        INITIALIZED("function-pointers", "_sdata", "_edata"),
        ZEROED("zeroed-function-pointers", "__bss_start", "__bss_stop");

        private final String detector;
        private final String start;
        private final String end;

        Part(String detector, String start, String end) {
            this.detector = detector;
            this.start = start;
            this.end = end;
        }
    }

    private final Part part;

    /** Each part has a detector of its own: what is missing in one says nothing of another. */
    FunctionPointers(Part part) {
        this.part = part;
    }

    @Override
    public String name() {
        return part.detector;
    }

    @Override
    public Set<FindingKind> kinds() {
        return Set.of(FindingKind.FUNCTION_POINTER_HOOKED);
    }

    @Override
    public void examine(Examination examination) {
        long first = examination.profile().requireSymbol(part.start) & -PAGE;
        long last = examination.profile().requireSymbol(part.end);
        long kernel = examination.profile().requireSymbol("_text");
        long size = examination.profile().requireSymbol("_end") - kernel;
        MemorySegment page = MemorySegment.ofArray(new byte[PAGE]);
        int pages = 0;
        for (long address = first; Long.compareUnsigned(address, last) < 0; address += PAGE) {
            if (++pages > MAXIMUM_PAGES) {
                examination.gap(Reason.TOO_MANY, part.start, address);
                return;
            }
            if (examination.memory().available(address, page) < PAGE) {
                examination.gap(Reason.UNREADABLE, part.start, address);
                continue;
            }
            for (int offset = 0; offset < PAGE; offset += Long.BYTES) {
                long value = page.get(WORD, offset);
                if (value >>> 32 == UPPER_HALF && Long.compareUnsigned(value - kernel, size) >= 0) {
                    word(examination, address + offset, value);
                }
            }
        }
    }

    private void word(Examination examination, long place, long value) {
        Optional<CodeMap.Code> code = examination.code().find(value);
        boolean listed = code.filter(CodeMap.Code::legitimate).isPresent();
        if (listed && code.get().owner() != Owner.MODULE || code.isEmpty() && !unowned(examination, value)) {
            return;
        }
        String symbol = examination.profile().symbolAt(place).orElse("0x" + Long.toHexString(place));
        String variable = symbol.replaceAll("\\+0x.*", "");
        if (EXEMPT.contains(variable)) {
            return;
        }
        if (!listed || part == Part.READ_ONLY || OPERATIONS.matcher(variable).matches()) {
            examination.report(new Sighting(
                    FindingKind.FUNCTION_POINTER_HOOKED,
                    symbol,
                    new Evidence.Address("place", place),
                    examination.address("leads to", value)));
        }
    }

    private static boolean unowned(Examination examination, long address) {
        return examination.code().ownerOfPage(address).isEmpty() && executable(examination, address);
    }

    static boolean executable(Examination examination, long address) {
        return examination.memory().translate(address) instanceof Translation.Mapped mapped && mapped.executable();
    }
}
