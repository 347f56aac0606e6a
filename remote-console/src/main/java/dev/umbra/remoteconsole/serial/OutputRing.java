// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The tenant's output: one producer, any number of readers, no lock.
 *
 * <p>Offsets are absolute and never wrap: byte {@code n} is the n-th byte the tenant ever wrote. The producer appends beyond the
 * <em>published</em> head, at most {@link #reserve()} bytes, and nobody sees these until {@link #publish()}. What stands beyond the
 * published head may have overwritten older bytes, also in a storage that was found after a crash; hence a byte is readable only
 * while it is less than {@code size - reserve} behind the published head.
 *
 * <p>A reader copies first and validates afterwards: if the head has moved so far that the oldest byte copied was at the producer's
 * mercy, the copy is thrown away. That is sound because the producer enters new ground only after the store of the head that made
 * it room, and a fence keeps the two in order. The common ways to break it are to validate against the head read before the copy,
 * and to let the producer run further ahead of the published head than the reserve.
 */
final class OutputRing {
    private final MemorySegment bytes;
    private final int size;
    private final int scrollBack;
    private final int reserve;

    private long written;
    private int position;
    private volatile long published;

    OutputRing(StorageLayout layout, MemorySegment bytes) {
        this.bytes = bytes;
        this.size = layout.outputSize();
        this.scrollBack = layout.scrollBack();
        this.reserve = layout.reserve();
    }

    /** Producer only. Room must have been checked: {@code written() < published() + reserve()}. */
    void append(byte value) {
        bytes.set(ValueLayout.JAVA_BYTE, position, value);
        written++;
        if (++position == size) {
            position = 0;
        }
    }

    /** Producer only. Shows readers what was appended; whether there was anything. */
    boolean publish() {
        if (published == written) {
            return false;
        }
        published = written;
        VarHandle.storeStoreFence();
        return true;
    }

    /** Producer only. */
    void restore(long head) {
        written = head;
        position = (int) (head % size);
        published = head;
    }

    long written() {
        return written;
    }

    long published() {
        return published;
    }

    int reserve() {
        return reserve;
    }

    /** How far the producer may be ahead of a reader that must not lose anything. */
    int span() {
        return size - reserve;
    }

    /** The scroll-back begins here. */
    long scrollBackStart() {
        return Math.max(0, published - scrollBack);
    }

    /** Bytes before this offset may be overwritten at any moment. */
    long oldest() {
        return Math.max(0, published - span());
    }

    /**
     * Copies published bytes from {@code from} on.
     *
     * @return how many, 0 if there are none yet, -1 if they are overwritten
     */
    int copy(long from, byte[] target, int length) {
        int count = (int) Math.min(length, published - from);
        if (count <= 0) {
            return 0;
        }
        int start = (int) (from % size);
        int first = Math.min(count, size - start);
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, start, target, 0, first);
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, 0, target, first, count - first);
        VarHandle.loadLoadFence();
        return from >= oldest() ? count : -1;
    }

    /** The whole scroll-back. */
    ScrollBack scrollBack() {
        byte[] past = new byte[scrollBack];
        while (true) {
            long from = scrollBackStart();
            int count = copy(from, past, past.length);
            if (count >= 0) {
                return new ScrollBack(from, Arrays.copyOf(past, count));
            }
        }
    }
}
