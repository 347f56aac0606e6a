// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.structures.Budget;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.kernel.structures.Gaps;
import dev.umbra.introspection.kernel.structures.LinkedLists;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Unreadable;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import java.util.function.LongFunction;

/** One reading of a kernel, for one view: what is remembered here holds no longer than that. */
final class Scan {
    /** Entries of any one list after which a walk ends. */
    static final int MAXIMUM_ENTRIES = 1 << 16;

    private static final long MAXIMUM_NODES = 1 << 18;
    private static final int MAXIMUM_TEXT = 16 << 20;
    private static final int SCRATCH = 4096;

    private final Kernel kernel;
    private final Layouts layouts;
    private final Gaps gaps = new Gaps();
    private final Budget budget = new Budget(MAXIMUM_NODES);
    private final LinkedLists lists;
    private int textLeft = MAXIMUM_TEXT;
    private final byte[] scratch = new byte[SCRATCH];
    private final MemorySegment scratchSegment = MemorySegment.ofArray(scratch);

    Scan(Kernel kernel) {
        this.kernel = kernel;
        this.layouts = Layouts.of(kernel.profile());
        this.lists = new LinkedLists(kernel.memory(), gaps, budget);
    }

    Kernel kernel() {
        return kernel;
    }

    KernelProfile profile() {
        return kernel.profile();
    }

    AddressSpace memory() {
        return kernel.memory();
    }

    Gaps gaps() {
        return gaps;
    }

    Budget budget() {
        return budget;
    }

    LinkedLists lists() {
        return lists;
    }

    /** Where fields are, looked up once for each kernel build. */
    <L> L layout(Class<L> type, Function<KernelProfile, L> make) {
        return layouts.get(type, kernel.profile(), make);
    }

    /** @throws dev.umbra.introspection.kernel.UnknownKernel if there is none */
    long symbol(String name) {
        return profile().requireSymbol(name);
    }

    /** Text in an array of bytes, up to its first zero. */
    String text(long address, int size) {
        int length = Math.min(size, SCRATCH);
        memory().read(address, scratchSegment.asSlice(0, length));
        int end = 0;
        while (end < length && scratch[end] != 0) {
            end++;
        }
        return new String(scratch, 0, end, StandardCharsets.UTF_8);
    }

    /** A string that ends with a zero byte or at its limit. */
    String string(long address, int limit) {
        return kept(memory().string(address, limit));
    }

    /** The text, or an empty one if all texts of the scan together have become too long. */
    String kept(String text) {
        if (text.length() > textLeft) {
            textLeft = 0;
            gaps.add(Reason.TOO_MANY, "text", 0);
            return "";
        }
        textLeft -= text.length();
        return text;
    }

    /**
     * Part of a record: if it cannot be read, the record goes without it.
     *
     * @param address of the structure to read, not read if 0
     * @param otherwise what stands for it then
     */
    <T> T part(String what, long address, T otherwise, LongFunction<T> read) {
        if (address == 0) {
            return otherwise;
        }
        try {
            return read.apply(address);
        } catch (Unreadable hole) {
            gaps.add(Reason.UNREADABLE, what, hole.address());
            return otherwise;
        }
    }
}
