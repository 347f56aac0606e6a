// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

import dev.umbra.cloudhypervisor.memory.NestedTable.Format;

/**
 * One walk through a nested page table, and its result until the next one: no object is made. A walk reads one entry per
 * level, whatever the tables say, so loops in them end it as they end the processor's. Belongs to one thread.
 *
 * <p>The tables are the untrusted hypervisor's and change while they are read. Each entry is read once, whole, and what
 * follows is decided by that value alone.
 */
final class NestedWalk {
    static final int PHYSICAL_BITS = 52;

    private static final long ADDRESS = 0x000f_ffff_ffff_f000L;

    private final Format format;
    private final int levels;
    private final int addressBits;
    private long cloudPhysical;
    private long leafOffset;
    private long leaf;
    private int rights;
    private int level;

    /** How a walk ended. */
    enum End {
        MAPPED,
        NOT_PRESENT,
        MALFORMED
    }

    NestedWalk(NestedTable table) {
        this.format = table.format();
        this.levels = table.levels();
        this.addressBits = Math.min(PHYSICAL_BITS, Format.shift(levels + 1));
    }

    End walk(CloudMemory memory, long root, long tenantPhysical) {
        level = levels;
        if (tenantPhysical >>> addressBits != 0) {
            return End.NOT_PRESENT;
        }
        long table = root & ADDRESS;
        int allowed = NestedTable.READABLE | NestedTable.WRITABLE | NestedTable.EXECUTABLE;
        for (; ; level--) {
            long offset = memory.offset(table | (tenantPhysical >>> Format.shift(level) & 0x1ff) << 3);
            if (offset < 0) {
                return End.MALFORMED;
            }
            long entry = memory.entry(offset);
            if (!format.present(entry)) {
                return End.NOT_PRESENT;
            }
            boolean isLeaf = Format.leaf(entry, level);
            if (format.malformed(entry, level, isLeaf)) {
                return End.MALFORMED;
            }
            allowed &= format.rights(entry);
            if (isLeaf) {
                long within = Format.pageMask(level);
                cloudPhysical = entry & ADDRESS & ~within | tenantPhysical & within;
                leafOffset = offset;
                leaf = entry;
                rights = allowed;
                return End.MAPPED;
            }
            table = entry & ADDRESS;
        }
    }

    /** Of the last walk that ended {@link End#MAPPED}. */
    long cloudPhysical() {
        return cloudPhysical;
    }

    /** Where in the file the entry of the page is. */
    long leafOffset() {
        return leafOffset;
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
