// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

/** The colours of a small area, numbered in the order they were met. Of fixed size and emptied without being cleared. */
final class Palette {
    static final int MAXIMUM = 256;

    private static final int SLOTS = 1024;
    private static final int INDEX_BITS = 8;
    private static final int STAMPS = 1 << Integer.SIZE - 1 - INDEX_BITS;

    private final int[] colours = new int[MAXIMUM];
    private final int[] slots = new int[SLOTS];
    private int stamp;
    private int size;

    void clear() {
        size = 0;
        if (++stamp == STAMPS) {
            stamp = 1;
            java.util.Arrays.fill(slots, 0);
        }
    }

    int size() {
        return size;
    }

    int colour(int index) {
        return colours[index];
    }

    /** Adds a colour if it is new; false when there would be more than {@code most}. */
    boolean add(int colour, int most) {
        int slot = slot(colour);
        if (slots[slot] >>> INDEX_BITS == stamp) {
            return true;
        }
        if (size >= most) {
            return false;
        }
        colours[size] = colour;
        slots[slot] = stamp << INDEX_BITS | size++;
        return true;
    }

    /** Number of a colour, which is added if it is new; negative when there would be more than {@link #MAXIMUM}. */
    int number(int colour) {
        int slot = slot(colour);
        if (slots[slot] >>> INDEX_BITS != stamp) {
            if (size == MAXIMUM) {
                return -1;
            }
            colours[size] = colour;
            slots[slot] = stamp << INDEX_BITS | size++;
        }
        return slots[slot] & MAXIMUM - 1;
    }

    /** Number of a colour that was added. */
    int indexOf(int colour) {
        return slots[slot(colour)] & MAXIMUM - 1;
    }

    private int slot(int colour) {
        int slot = colour * 0x9e3779b1 >>> 22;
        while (slots[slot] >>> INDEX_BITS == stamp && colours[slots[slot] & MAXIMUM - 1] != colour) {
            slot = slot + 1 & SLOTS - 1;
        }
        return slot;
    }
}
