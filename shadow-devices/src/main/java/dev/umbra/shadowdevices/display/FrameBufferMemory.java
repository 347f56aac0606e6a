// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import java.lang.foreign.MemorySegment;

/**
 * The linear frame buffer as it lies in the tenant's memory.
 *
 * <p>Called from the thread of the device and from the one that looks at the screen, at the same time. The content, and which
 * pages there are, may change at any moment, also between two reads of one byte.
 */
public interface FrameBufferMemory {
    /** Bytes of a page. */
    int PAGE_SIZE = 4096;

    /**
     * A page of {@link #PAGE_SIZE} bytes as it is now, or null when the tenant has none there.
     *
     * @param index from the start of the frame buffer, 0 to {@code size() / PAGE_SIZE - 1}
     */
    MemorySegment page(int index);

    /** Bytes of the frame buffer, a multiple of 64 KiB and at least that much. */
    long size();
}
