// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

import java.util.Arrays;

/**
 * Tenant pages and where they were found: a table with open addressing in one array, four numbers per entry, so that an
 * entry lies in one cache line. The tag holds the page and a generation; to invalidate everything is to count the
 * generation up, and a root that changes at each access costs no more than the walks. Belongs to one thread.
 */
final class TranslationCache {
    static final int NONE = -1;

    private static final int ENTRIES = 4096;
    private static final int PROBES = 4;
    private static final int WIDTH = 4;
    private static final int PAGE_BITS = 40;
    private static final long LAST_GENERATION = (1L << 64 - PAGE_BITS) - 1;

    private final long[] entries = new long[ENTRIES * WIDTH];
    private long generation = 1;
    private int victim;

    /** The entry of a page number below 2^40, or {@link #NONE}. */
    int find(long page) {
        long tag = generation << PAGE_BITS | page;
        int home = home(page);
        for (int probe = 0; probe < PROBES; probe++) {
            int entry = place(home + probe);
            if (entries[entry] == tag) {
                return entry;
            }
        }
        return NONE;
    }

    /**
     * @param leafOffset where in the file the page's entry in its table is
     * @param leaf that entry
     * @param offset of the page in the file
     */
    void put(long page, long leafOffset, long leaf, long offset) {
        int entry = find(page);
        if (entry == NONE) {
            entry = free(page);
        }
        entries[entry] = generation << PAGE_BITS | page;
        entries[entry + 1] = leafOffset;
        entries[entry + 2] = leaf;
        entries[entry + 3] = offset;
    }

    long leafOffset(int entry) {
        return entries[entry + 1];
    }

    long leaf(int entry) {
        return entries[entry + 2];
    }

    long offset(int entry) {
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
            int entry = place(home + probe);
            if (entries[entry] >>> PAGE_BITS != generation) {
                return entry;
            }
        }
        victim = victim + 1 & PROBES - 1;
        return place(home + victim);
    }

    private static int home(long page) {
        return (int) (page ^ page >>> 12 ^ page >>> 24);
    }

    private static int place(int index) {
        return (index & ENTRIES - 1) * WIDTH;
    }
}
