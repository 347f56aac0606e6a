// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.export;

import dev.umbra.introspection.memory.PhysicalMemory;
import java.lang.foreign.MemorySegment;
import java.util.TreeMap;

/** Memory of single pages. A page can be made to go away when it is read. */
final class PageMapMemory implements PhysicalMemory {
    private final TreeMap<Long, MemorySegment> pages = new TreeMap<>();
    private MemorySegment current;

    PageMapMemory with(long physical, int value) {
        MemorySegment page = MemorySegment.ofArray(new byte[PAGE]);
        page.fill((byte) value);
        pages.put(physical, page);
        return this;
    }

    void remove(long physical) {
        pages.remove(physical);
    }

    @Override
    public long place(long physical) {
        current = pages.get(physical & -PAGE);
        return current == null ? NOWHERE : physical & PAGE - 1;
    }

    @Override
    public MemorySegment bytes() {
        return current;
    }

    @Override
    public long next(long physical) {
        Long next = pages.ceilingKey(physical & -PAGE);
        return next == null ? NOWHERE : next;
    }
}
