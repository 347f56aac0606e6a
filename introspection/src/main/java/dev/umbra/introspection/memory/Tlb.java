// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

import java.util.Arrays;

/**
 * Virtual pages and where they were found: a translation lookaside buffer in one array, four numbers per entry, so that
 * an entry lies in one cache line. The tag holds the page and a generation; to invalidate everything is to count the
 * generation up. Belongs to one thread.
 */
final class Tlb {
    static final int NONE = -1;

    private static final int PROBES = 4;
    private static final int WIDTH = 4;
    private static final int PAGE_BITS = 45;
    private static final long PAGE_MASK = (1L << PAGE_BITS) - 1;
    private static final long LAST_GENERATION = (1L << 64 - PAGE_BITS) - 1;

    private final long[] entries;
    private final int mask;
    private long generation = 1;
    private int victim;

    /** @param size entries, a power of two of at least 4 */
    Tlb(int size) {
        entries = new long[size * WIDTH];
        mask = size - 1;
    }

    /** The entry of a virtual page number, of which 45 bits count, or {@link #NONE}. */
    int find(long page) {
        long tag = tag(page);
        int home = home(page);
        for (int probe = 0; probe < PROBES; probe++) {
            int entry = (home + probe & mask) * WIDTH;
            if (entries[entry] == tag) {
                return entry;
            }
        }
        return NONE;
    }

    /**
     * @param leafAddress where in physical memory the page's entry in its table is
     * @param leaf that entry
     * @param frame physical address of the page, with its rights in the low bits
     */
    void put(long page, long leafAddress, long leaf, long frame) {
        int entry = find(page);
        if (entry == NONE) {
            entry = free(page);
        }
        entries[entry] = tag(page);
        entries[entry + 1] = leafAddress;
        entries[entry + 2] = leaf;
        entries[entry + 3] = frame;
    }

    long leafAddress(int entry) {
        return entries[entry + 1];
    }

    long leaf(int entry) {
        return entries[entry + 2];
    }

    long frame(int entry) {
        return entries[entry + 3];
    }

    void invalidate() {
        if (generation == LAST_GENERATION) {
            Arrays.fill(entries, 0);
            generation = 0;
        }
        generation++;
    }

    private int free(long page) {
        int home = home(page);
        for (int probe = 0; probe < PROBES; probe++) {
            int entry = (home + probe & mask) * WIDTH;
            if (entries[entry] >>> PAGE_BITS != generation) {
                return entry;
            }
        }
        victim = victim + 1 & PROBES - 1;
        return (home + victim & mask) * WIDTH;
    }

    private long tag(long page) {
        return generation << PAGE_BITS | page & PAGE_MASK;
    }

    private static int home(long page) {
        return (int) (page ^ page >>> 12 ^ page >>> 24);
    }
}
