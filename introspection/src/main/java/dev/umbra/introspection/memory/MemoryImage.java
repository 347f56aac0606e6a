// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

import dev.umbra.cloudhypervisor.memory.MemoryFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Raw memory of a machine in a file, as {@code memory-backend-file} of QEMU leaves it. Memory that does not fit below
 * the addresses of the devices goes on at 4 GiB, while in the file it has no gap.
 */
public final class MemoryImage implements PhysicalMemory {
    private static final long HIGH = 4L << 30;

    private final MemorySegment bytes;
    private final long size;
    private final long low;

    /**
     * @param bytes all memory of the machine, mapped or native, since entries of tables are read at once
     * @param low bytes of it that lie below 4 GiB
     */
    public MemoryImage(MemorySegment bytes, long low) {
        this.bytes = bytes.asReadOnly();
        this.size = bytes.byteSize() & -PAGE;
        this.low = Math.min(low & -PAGE, size);
    }

    /** Memory without a gap. */
    public MemoryImage(MemorySegment bytes) {
        this(bytes, bytes.byteSize());
    }

    /**
     * Maps the memory of a {@code q35} machine: with 2.75 GiB or more, 2 GiB of it lie below the gap.
     *
     * @throws IOException if there is no such file or it cannot be mapped
     */
    public static MemoryImage map(Path path) throws IOException {
        MemorySegment bytes = MemoryFile.map(path).segment();
        long size = bytes.byteSize();
        return new MemoryImage(bytes, size >= 0xb000_0000L ? 0x8000_0000L : size);
    }

    @Override
    public long place(long physical) {
        if (Long.compareUnsigned(physical, low) < 0) {
            return physical;
        }
        long high = physical - HIGH;
        return high >= 0 && high < size - low ? low + high : NOWHERE;
    }

    @Override
    public MemorySegment bytes() {
        return bytes;
    }

    @Override
    public long next(long physical) {
        long page = physical & -PAGE;
        if (page >= 0 && page < low) {
            return page;
        }
        long candidate = Math.max(page, HIGH);
        return place(candidate) == NOWHERE ? NOWHERE : candidate;
    }
}
