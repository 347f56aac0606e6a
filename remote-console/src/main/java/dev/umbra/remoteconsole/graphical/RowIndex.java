// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

import java.util.Arrays;

/** Finds rows by hash; rows that are alike are not found. Open addressing in arrays of fixed size. */
final class RowIndex {
    private static final int ABSENT = -1;
    private static final int AMBIGUOUS = -2;

    private final long[] hashes;
    private final int[] rows;

    RowIndex(int capacity) {
        int size = Integer.highestOneBit(Math.max(capacity, 1)) << 2;
        hashes = new long[size];
        rows = new int[size];
    }

    void clear() {
        Arrays.fill(rows, ABSENT);
    }

    void add(long hash, int row) {
        int slot = slot(hash);
        if (rows[slot] == ABSENT) {
            hashes[slot] = hash;
            rows[slot] = row;
        } else {
            rows[slot] = AMBIGUOUS;
        }
    }

    /** Negative when no row or more than one has this hash. */
    int rowOf(long hash) {
        return rows[slot(hash)];
    }

    private int slot(long hash) {
        int slot = (int) (hash >>> 32) & rows.length - 1;
        while (rows[slot] != ABSENT && hashes[slot] != hash) {
            slot = slot + 1 & rows.length - 1;
        }
        return slot;
    }
}
