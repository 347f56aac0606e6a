// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

/**
 * What a PS/2 device still has to answer: up to eight bytes packed into a long with the oldest in the lowest byte, places not in
 * use zero.
 */
final class Replies {
    static final int CAPACITY = Long.BYTES;

    private long bytes;
    private int size;

    int size() {
        return size;
    }

    long packed() {
        return bytes;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Whether there was room. */
    boolean offer(int reply) {
        if (size == CAPACITY) {
            return false;
        }
        bytes |= (long) reply << (size * Byte.SIZE);
        size++;
        return true;
    }

    int take() {
        int oldest = (int) bytes & 0xff;
        bytes >>>= Byte.SIZE;
        size--;
        return oldest;
    }

    void clear() {
        bytes = 0;
        size = 0;
    }

    void restore(long packed, int count) {
        bytes = packed;
        size = count;
    }

    /** Whether the places beyond so many bytes are zero. */
    static boolean fits(long packed, int count) {
        return count == CAPACITY || packed >>> (count * Byte.SIZE) == 0;
    }
}
