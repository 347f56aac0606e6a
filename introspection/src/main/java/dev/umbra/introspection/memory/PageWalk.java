// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

/**
 * One walk through the page tables of a machine in long mode, and its result until the next one: no object is made. The
 * format is that of APM volume 2, 5.3 and 5.4, and SDM volume 3, 4.5. A walk reads one entry per level, whatever the
 * tables say, so loops in them end it as they end the processor's. Belongs to one thread.
 *
 * <p>Addresses in entries have at most 52 bits; that a processor implements fewer is not known here, and what lies beyond
 * its own has no memory behind it.
 */
final class PageWalk {
    static final int WRITABLE = 1;
    static final int USER = 1 << 1;
    static final int EXECUTABLE = 1 << 2;
    static final int RIGHTS = WRITABLE | USER | EXECUTABLE;

    private static final long ENTRY_PRESENT = 1;
    private static final long ENTRY_WRITABLE = 1 << 1;
    private static final long ENTRY_USER = 1 << 2;
    private static final long ENTRY_PAGE_SIZE = 1 << 7;
    private static final long LARGE_PAGE_RESERVED = ~0x1fffL;

    private final PhysicalMemory memory;
    private final long root;
    private final Paging paging;
    private long physical;
    private long leafAddress;
    private long leaf;
    private int rights;
    private int level;

    /** How a walk ended. */
    enum End {
        MAPPED,
        NOT_PRESENT,
        MALFORMED,
        NO_MEMORY
    }

    PageWalk(PhysicalMemory memory, long root, Paging paging) {
        this.memory = memory;
        this.root = root & PhysicalMemory.PAGE_MASK;
        this.paging = paging;
    }

    End walk(long virtual) {
        long table = root;
        int allowed = RIGHTS;
        for (level = paging.levels(); ; level--) {
            long address = table | (virtual >>> shift(level) & 0x1ff) << 3;
            long place = memory.place(address);
            if (place == PhysicalMemory.NOWHERE) {
                return End.NO_MEMORY;
            }
            long entry = memory.entry(place);
            if ((entry & ENTRY_PRESENT) == 0) {
                return End.NOT_PRESENT;
            }
            boolean isLeaf = level == 1 || level <= 3 && (entry & ENTRY_PAGE_SIZE) != 0;
            if (malformed(entry, isLeaf)) {
                return End.MALFORMED;
            }
            allowed &= rights(entry);
            if (isLeaf) {
                long within = pageSize(level) - 1;
                physical = entry & PhysicalMemory.PAGE_MASK & ~within | virtual & within;
                leafAddress = address;
                leaf = entry;
                rights = allowed;
                return End.MAPPED;
            }
            table = entry & PhysicalMemory.PAGE_MASK;
        }
    }

    private boolean malformed(long entry, boolean isLeaf) {
        if (entry < 0 && !paging.noExecute()) {
            return true;
        }
        if (level > 3) {
            return (entry & ENTRY_PAGE_SIZE) != 0;
        }
        return isLeaf
                && level > 1
                && (entry & PhysicalMemory.PAGE_MASK & pageSize(level) - 1 & LARGE_PAGE_RESERVED) != 0;
    }

    private static int rights(long entry) {
        return ((entry & ENTRY_WRITABLE) != 0 ? WRITABLE : 0)
                | ((entry & ENTRY_USER) != 0 ? USER : 0)
                | (entry >= 0 ? EXECUTABLE : 0);
    }

    private static int shift(int level) {
        return 3 + 9 * level;
    }

    /** Bytes that one entry at a level maps. */
    static long pageSize(int level) {
        return 1L << shift(level);
    }

    /** Of the last walk that ended {@link End#MAPPED}. */
    long physical() {
        return physical;
    }

    /** Where in physical memory the entry of the page is. */
    long leafAddress() {
        return leafAddress;
    }

    /** The entry of the page. */
    long leaf() {
        return leaf;
    }

    int rights() {
        return rights;
    }

    /** The level at which the walk ended. */
    int level() {
        return level;
    }
}
