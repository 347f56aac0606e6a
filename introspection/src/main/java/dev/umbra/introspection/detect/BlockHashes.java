// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Hashes of a range of memory: one of 64 bits for each page, which says whether it changed, and one of 32 bits for each 64 bytes
 * of it, which says where. A secret number that nobody outside knows goes into each, so that a change which keeps the hash
 * cannot be looked for. Immutable once it is filled.
 */
final class BlockHashes {
    static final int PAGE = 4096;
    static final int BLOCK = 64;

    private static final int BLOCKS = PAGE / BLOCK;
    private static final long FACTOR = 0x9e3779b97f4a7c15L;
    private static final int ROTATION = 29;
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

    private final long start;
    private final long secret;
    private final long[] pages;
    private final int[] blocks;
    private final boolean[] present;

    BlockHashes(long start, int pages, long secret) {
        this.start = start;
        this.secret = secret;
        this.pages = new long[pages];
        this.blocks = new int[pages * BLOCKS];
        this.present = new boolean[pages];
    }

    long start() {
        return start;
    }

    int pages() {
        return pages.length;
    }

    long address(int page) {
        return start + (long) page * PAGE;
    }

    boolean has(int page) {
        return present[page];
    }

    /** Remembers a page as it is. */
    void fill(int page, MemorySegment bytes) {
        long hash = secret;
        for (int block = 0; block < BLOCKS; block++) {
            long part = hash(bytes, block);
            blocks[page * BLOCKS + block] = (int) (part >>> Integer.SIZE);
            hash = mix(hash, part);
        }
        pages[page] = hash;
        present[page] = true;
    }

    /** Whether a page is as it was. */
    boolean same(int page, MemorySegment bytes) {
        long hash = secret;
        for (int block = 0; block < BLOCKS; block++) {
            hash = mix(hash, hash(bytes, block));
        }
        return hash == pages[page];
    }

    /** Whether 64 bytes of a page are as they were. */
    boolean sameBlock(int page, int block, MemorySegment bytes) {
        return (int) (hash(bytes, block) >>> Integer.SIZE) == blocks[page * BLOCKS + block];
    }

    private long hash(MemorySegment bytes, int block) {
        long hash = secret;
        for (int offset = block * BLOCK; offset < (block + 1) * BLOCK; offset += Long.BYTES) {
            hash = mix(hash, bytes.get(WORD, offset));
        }
        return spread(hash);
    }

    /** Multiplication carries a change upwards only; this brings that of the last word to all bits, half of which are kept. */
    private static long spread(long hash) {
        long folded = (hash ^ hash >>> Integer.SIZE) * FACTOR;
        return folded ^ folded >>> ROTATION;
    }

    private static long mix(long hash, long word) {
        return Long.rotateLeft((hash ^ word) * FACTOR, ROTATION);
    }
}
