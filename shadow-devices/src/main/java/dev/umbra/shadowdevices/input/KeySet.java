// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/** A set of key numbers, as a bit for each. */
final class KeySet {
    static final int BYTES = ScanCodes.KEYS / Byte.SIZE;

    private final long[] words = new long[ScanCodes.KEYS / Long.SIZE];

    boolean contains(int key) {
        return (words[key / Long.SIZE] >>> key & 1) != 0;
    }

    void add(int key) {
        words[key / Long.SIZE] |= 1L << key;
    }

    void remove(int key) {
        words[key / Long.SIZE] &= ~(1L << key);
    }

    /** The lowest key, or -1 if there is none. */
    int first() {
        for (int index = 0; index < words.length; index++) {
            if (words[index] != 0) {
                return index * Long.SIZE + Long.numberOfTrailingZeros(words[index]);
            }
        }
        return -1;
    }

    int size() {
        int size = 0;
        for (long word : words) {
            size += Long.bitCount(word);
        }
        return size;
    }

    void clear() {
        for (int index = 0; index < words.length; index++) {
            words[index] = 0;
        }
    }

    BitSet toBitSet() {
        return BitSet.valueOf(words);
    }

    void restore(BitSet keys) {
        clear();
        keys.stream().forEach(this::add);
    }

    void save(MemorySegment segment, int offset) {
        for (int index = 0; index < words.length; index++) {
            I8042StateLayout.writeLong(segment, offset + index * Long.BYTES, words[index]);
        }
    }
}
