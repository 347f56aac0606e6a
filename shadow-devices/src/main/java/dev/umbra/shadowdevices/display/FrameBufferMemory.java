// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import java.lang.foreign.MemorySegment;

/**
 * The linear frame buffer as it lies in the tenant's memory.
 *
 * <p>The content, and which pages there are, may change at any moment, also between two reads of one byte. A view is used by one
 * thread at a time.
 */
public interface FrameBufferMemory {
    /** Bytes of a page. */
    int PAGE_SIZE = 4096;

    /**
     * A page of {@link #PAGE_SIZE} bytes as it is now, or null when the tenant has none there. If it is read-only, what the tenant
     * writes to it through the legacy window is dropped.
     *
     * @param index from the start of the frame buffer, 0 to {@code size() / PAGE_SIZE - 1}
     */
    MemorySegment page(int index);

    /** Bytes of the frame buffer, a multiple of 64 KiB and at least that much. */
    long size();
}
