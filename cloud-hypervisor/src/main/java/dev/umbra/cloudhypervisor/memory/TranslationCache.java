// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

import java.util.Arrays;

/**
 * Pages and where they were found: a translation lookaside buffer with open addressing in one array, four numbers per
 * entry, so that an entry lies in one cache line. The tag holds the page and a generation; to invalidate everything is to
 * count the generation up, and a root that changes at each access costs no more than the walks. It serves either level:
 * physical pages of a tenant, found in a file, and virtual ones, found in physical memory. Belongs to one thread.
 */
public final class TranslationCache {
    /** What {@link #find} says of a page that is not there. */
    public static final int NONE = -1;

    private static final int PROBES = 4;
    private static final int WIDTH = 4;
    private static final int PAGE_BITS = 52;
    private static final long GENERATION = 1L << PAGE_BITS;
    private static final long LAST_GENERATION = -GENERATION;

    private final long[] entries;
    private long generation = GENERATION;
    private int victim;

    /** @param size entries, a power of two of at least 4 */
    public TranslationCache(int size) {
        if (size < PROBES || Integer.bitCount(size) != 1) {
            throw new IllegalArgumentException("a translation cache of " + size + " entries");
        }
        entries = new long[size * WIDTH];
    }

    /** The entry of a page number, of which 52 bits count: all of an address of 64 bits, or {@link #NONE}. */
    public int find(long page) {
        long tag = tag(page);
        int home = home(page);
        for (int probe = 0; probe < PROBES; probe++) {
            int entry = entry(home + probe);
            if (entries[entry] == tag) {
                return entry;
            }
        }
        return NONE;
    }

    /**
     * @param leafAddress where the page's entry in its table is
     * @param leaf that entry
     * @param frame where the page is, with its rights in the low bits where the caller keeps them
     * @return the page's entry
     */
    public int put(long page, long leafAddress, long leaf, long frame) {
        int entry = find(page);
        if (entry == NONE) {
            entry = free(page);
        }
        entries[entry] = tag(page);
        entries[entry + 1] = leafAddress;
        entries[entry + 2] = leaf;
        entries[entry + 3] = frame;
        return entry;
    }

    /** Where the page's entry in its table is. */
    public long leafAddress(int entry) {
        return entries[entry + 1];
    }

    /** That entry as it was when the page was found. */
    public long leaf(int entry) {
        return entries[entry + 2];
    }

    /** Where the page is, as it was put. */
    public long frame(int entry) {
        return entries[entry + 3];
    }

    /** Forgets every page. */
    public void invalidate() {
        if (generation == LAST_GENERATION) {
            Arrays.fill(entries, 0);
            generation = 0;
        }
        generation += GENERATION;
    }

    private int free(long page) {
        int home = home(page);
        for (int probe = 0; probe < PROBES; probe++) {
            int entry = entry(home + probe);
            if ((entries[entry] & -GENERATION) != generation) {
                return entry;
            }
        }
        victim = victim + 1 & PROBES - 1;
        return entry(home + victim);
    }

    private long tag(long page) {
        return generation | page & GENERATION - 1;
    }

    private int entry(int place) {
        return place * WIDTH & entries.length - 1;
    }

    private static int home(long page) {
        return (int) (page ^ page >>> 12 ^ page >>> 24);
    }
}
