// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.memory.PhysicalMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/** The memory of a snapshot with pages that a test has written to; the snapshot stays as it is. */
final class PatchedMemory implements PhysicalMemory {
    private final PhysicalMemory original;
    private final Map<Long, MemorySegment> pages = new HashMap<>();
    private MemorySegment current;

    PatchedMemory(PhysicalMemory original) {
        this.original = original;
        this.current = original.bytes();
    }

    void write(long physical, int... values) {
        for (int index = 0; index < values.length; index++) {
            long address = physical + index;
            writable(address).set(ValueLayout.JAVA_BYTE, address & PAGE - 1, (byte) values[index]);
        }
    }

    /** @param physical a multiple of eight */
    void writeLong(long physical, long value) {
        writable(physical).set(ValueLayout.JAVA_LONG_UNALIGNED, physical & PAGE - 1, value);
    }

    private MemorySegment writable(long physical) {
        return pages.computeIfAbsent(
                physical & -PAGE,
                page -> MemorySegment.ofArray(new long[PAGE / Long.BYTES]).copyFrom(original.page(page)));
    }

    @Override
    public long place(long physical) {
        MemorySegment patched = pages.get(physical & -PAGE);
        if (patched != null) {
            current = patched;
            return physical & PAGE - 1;
        }
        long place = original.place(physical);
        current = original.bytes();
        return place;
    }

    @Override
    public MemorySegment bytes() {
        return current;
    }

    @Override
    public long next(long physical) {
        return original.next(physical);
    }
}
