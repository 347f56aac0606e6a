// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel.structures;

import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.MemoryImage;
import dev.umbra.introspection.memory.Paging;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A machine of a few megabytes whose memory is mapped in one piece, as a kernel's direct map is. */
public final class SyntheticMemory {
    /** Where the memory is mapped. */
    public static final long BASE = 0xffff_8880_0000_0000L;
    /** The first address that the page tables do not take. */
    public static final long FREE = BASE + 0x4000;

    private static final long HUGE_PAGE = 2 << 20;
    private static final long ROOT = 0x1000;
    private static final long SECOND = 0x2000;
    private static final long THIRD = 0x3000;
    private static final int PRESENT = 3;
    private static final int PRESENT_HUGE = 0x83;

    private final MemorySegment bytes;
    private final MemoryImage image;

    /** @param hugePages size, in pages of 2 MiB */
    public SyntheticMemory(int hugePages) {
        bytes = Arena.ofAuto().allocate(hugePages * HUGE_PAGE, HUGE_PAGE);
        image = new MemoryImage(bytes);
        bytes.set(ValueLayout.JAVA_LONG, ROOT + (BASE >>> 39 & 511) * 8, SECOND | PRESENT);
        bytes.set(ValueLayout.JAVA_LONG, SECOND + (BASE >>> 30 & 511) * 8, THIRD | PRESENT);
        for (int page = 0; page < hugePages; page++) {
            bytes.set(ValueLayout.JAVA_LONG, THIRD + page * 8L, page * HUGE_PAGE | PRESENT_HUGE);
        }
    }

    /** A new view of it, with nothing remembered. */
    public AddressSpace addressSpace() {
        return new AddressSpace(image, ROOT, Paging.FOUR_LEVELS, AddressSpace.PROCESS_TLB);
    }

    public MemoryImage image() {
        return image;
    }

    /** First address behind it. */
    public long end() {
        return BASE + bytes.byteSize();
    }

    public void put(long address, long value) {
        bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, address - BASE, value);
    }

    public void putByte(long address, int value) {
        bytes.set(ValueLayout.JAVA_BYTE, address - BASE, (byte) value);
    }

    /** Zeros everything behind the page tables. */
    public void clear() {
        bytes.asSlice(FREE - BASE).fill((byte) 0);
    }
}
