// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The physical memory of one machine, in place. A reader belongs to one thread at a time.
 *
 * <p>Nothing here throws because of what the machine or its hypervisor does: what is not there is {@link #NOWHERE}, null
 * or a short count. Bytes change while they are looked at, unless the memory is an image; what must not change between
 * check and use has to be copied with {@link #read} first.
 */
public interface PhysicalMemory {
    /** Bytes of the smallest page. */
    int PAGE = 4096;
    /** What of an address or a table entry names a page, at most 52 bits. */
    long PAGE_MASK = 0x000f_ffff_ffff_f000L;
    /** The place of an address without memory. */
    long NOWHERE = -1;

    /**
     * Where the byte at an address lies in {@link #bytes}; the rest of its page follows it. Good until the next call.
     *
     * @return an offset, or {@link #NOWHERE}
     */
    long place(long physical);

    /** What {@link #place} refers to, read-only. It may be another after each call of it. */
    MemorySegment bytes();

    /**
     * The lowest address from one on that may have memory, for those who look through all of it. Large holes are left
     * out, small ones need not be.
     *
     * @return a multiple of {@link #PAGE}, or {@link #NOWHERE} if there is nothing more
     */
    long next(long physical);

    /**
     * The page that holds an address, in place.
     *
     * @return 4096 bytes, read-only, or null if there is none
     */
    default MemorySegment page(long physical) {
        long place = place(physical & -PAGE);
        return place == NOWHERE ? null : bytes().asSlice(place, PAGE);
    }

    /**
     * Bytes in place, from an address to at most {@code limit} bytes behind it.
     *
     * @param limit in bytes, at least 1
     * @return as many as lie one after the other, read-only, or null if the first is not there
     */
    default MemorySegment slice(long physical, long limit) {
        long first = place(physical);
        if (first == NOWHERE) {
            return null;
        }
        MemorySegment source = bytes();
        long length = PAGE - (physical & PAGE - 1);
        while (length < limit && place(physical + length) == first + length && bytes() == source) {
            length += PAGE;
        }
        return source.asSlice(first, Math.min(length, limit));
    }

    /**
     * Copies bytes out, each page as it was at one moment.
     *
     * @return bytes copied, fewer than asked for where a page is not there or does not come to rest
     */
    default long read(long physical, MemorySegment destination) {
        long length = destination.byteSize();
        long done = 0;
        while (done < length) {
            long part = Math.min(length - done, PAGE - (physical + done & PAGE - 1));
            if (!Copies.within(this, physical + done, destination, done, part)) {
                break;
            }
            done += part;
        }
        return done;
    }

    /**
     * Eight bytes at an address that is a multiple of eight, read at once.
     *
     * @param place from {@link #place}
     */
    default long entry(long place) {
        return (long) Copies.ENTRY.getAcquire(bytes(), place);
    }

    /** Copies bracketed by two translations. */
    final class Copies {
        private static final int ATTEMPTS = 8;
        private static final VarHandle ENTRY =
                ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

        private Copies() {}

        private static boolean within(
                PhysicalMemory memory, long physical, MemorySegment destination, long at, long length) {
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                long place = memory.place(physical);
                if (place == NOWHERE) {
                    return false;
                }
                MemorySegment source = memory.bytes();
                MemorySegment.copy(source, place, destination, at, length);
                VarHandle.loadLoadFence();
                if (memory.place(physical) == place && memory.bytes() == source) {
                    return true;
                }
            }
            return false;
        }
    }
}
