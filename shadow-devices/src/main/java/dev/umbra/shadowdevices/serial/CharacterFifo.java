// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import java.util.ArrayList;
import java.util.List;

/**
 * Sixteen bytes in order, packed into two longs with the oldest in the lowest byte.
 *
 * <p>Places not in use are zero. So equal content has equal representation, saving is two stores, and that any of the bytes is
 * not zero is one comparison. Callers check for room and content first.
 */
final class CharacterFifo {
    static final int CAPACITY = 16;

    private long low;
    private long high;
    private int size;

    int size() {
        return size;
    }

    long low() {
        return low;
    }

    long high() {
        return high;
    }

    void add(int character) {
        // A shift distance counts modulo 64, so that place 8 is the lowest byte of the upper half.
        long placed = (long) character << (size * Byte.SIZE);
        if (size < Long.BYTES) {
            low |= placed;
        } else {
            high |= placed;
        }
        size++;
    }

    int peek() {
        return (int) low & 0xff;
    }

    int remove() {
        int character = peek();
        low = low >>> Byte.SIZE | high << (Long.SIZE - Byte.SIZE);
        high >>>= Byte.SIZE;
        size--;
        return character;
    }

    /** Sets the oldest character to zero and leaves it in its place. */
    void zeroOldest() {
        low &= ~0xffL;
    }

    boolean anyNotZero() {
        return (low | high) != 0;
    }

    void clear() {
        low = 0;
        high = 0;
        size = 0;
    }

    void fill(List<Integer> characters) {
        clear();
        characters.forEach(this::add);
    }

    List<Integer> toList() {
        return unpack(low, high, size);
    }

    /** The byte at a place of a packed pair of longs. */
    static int at(long low, long high, int index) {
        return (int) ((index < Long.BYTES ? low : high) >>> (index * Byte.SIZE)) & 0xff;
    }

    /** The bytes of a packed pair of longs from the oldest on. */
    static List<Integer> unpack(long low, long high, int size) {
        List<Integer> characters = new ArrayList<>(size);
        for (int index = 0; index < size; index++) {
            characters.add(at(low, high, index));
        }
        return List.copyOf(characters);
    }
}
