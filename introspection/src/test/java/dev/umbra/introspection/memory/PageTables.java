// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A small machine with page tables: memory from address 0 on, and tables that are made as pages are mapped. */
public final class PageTables {
    public static final long ROOT = 0x1000;
    public static final long WRITABLE = 1 << 1;
    public static final long USER = 1 << 2;
    public static final long NO_EXECUTE = 1L << 63;
    public static final long LARGE = 1 << 7;

    private static final long PRESENT = 1;
    private static final long PAGE_MASK = 0x000f_ffff_ffff_f000L;

    public final MemorySegment bytes;
    public final MemoryImage memory;
    public final int levels;
    private long nextTable = ROOT + 0x1000;

    /** @param size bytes of memory, the first of which the tables take */
    public PageTables(int levels, long size) {
        this.levels = levels;
        this.bytes = Arena.ofAuto().allocate(size, 0x1000);
        this.memory = new MemoryImage(bytes);
    }

    public Paging paging() {
        return new Paging(levels, true);
    }

    public AddressSpace space() {
        return new AddressSpace(memory, ROOT, paging(), AddressSpace.PROCESS_TLB);
    }

    /**
     * Maps a page.
     *
     * @param level 1 for 4 KiB, 2 for 2 MiB, 3 for 1 GiB
     * @param bits of the entry beside present; tables on the way allow everything
     * @return where the entry is
     */
    public long map(long virtual, long physical, int level, long bits) {
        long place = entry(virtual, level);
        put(place, physical | bits | PRESENT | (level > 1 ? LARGE : 0));
        return place;
    }

    /** Where the entry of a level is, after making the tables above it. */
    public long entry(long virtual, int level) {
        long table = ROOT;
        for (int above = levels; above > level; above--) {
            long place = table | (virtual >>> 3 + 9 * above & 0x1ff) << 3;
            if (get(place) == 0) {
                put(place, nextTable | PRESENT | WRITABLE | USER);
                nextTable += 0x1000;
            }
            table = get(place) & PAGE_MASK;
        }
        return table | (virtual >>> 3 + 9 * level & 0x1ff) << 3;
    }

    public void put(long physical, long value) {
        bytes.set(ValueLayout.JAVA_LONG, physical, value);
    }

    public long get(long physical) {
        return bytes.get(ValueLayout.JAVA_LONG, physical);
    }
}
