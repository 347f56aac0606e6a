// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/** A frame buffer on the heap whose pages can be absent. */
final class FakeFrameBuffer implements FrameBufferMemory {
    final byte[] bytes;
    final BitSet absent = new BitSet();
    private final MemorySegment segment;

    FakeFrameBuffer(int size) {
        bytes = new byte[size];
        segment = MemorySegment.ofArray(bytes);
    }

    @Override
    public MemorySegment page(int index) {
        return absent.get(index) ? null : segment.asSlice((long) index * PAGE_SIZE, PAGE_SIZE);
    }

    @Override
    public long size() {
        return bytes.length;
    }

    /** The byte as the tenant reads it, zero where it has no memory. */
    int at(long offset) {
        return offset >= bytes.length || absent.get((int) (offset / PAGE_SIZE)) ? 0 : bytes[(int) offset] & 0xff;
    }

    void putInt(long offset, int value) {
        segment.set(ValueLayout.JAVA_INT_UNALIGNED, offset, value);
    }
}
