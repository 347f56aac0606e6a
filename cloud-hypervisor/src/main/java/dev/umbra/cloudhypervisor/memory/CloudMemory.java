// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The memory of one cloud VM as it is now. Immutable; a new layout makes a new object, by which readers notice it. The
 * bytes behind it change at any time, since the VM runs.
 */
public final class CloudMemory {
    private static final VarHandle ENTRY =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private final MemorySegment file;
    private final MemoryExtents extents;

    CloudMemory(MemorySegment file, MemoryExtents extents) {
        this.file = file;
        this.extents = extents;
    }

    public MemoryExtents extents() {
        return extents;
    }

    /** The file that {@link MemoryExtents#offset} refers to, which holds memory of others, too. */
    public MemorySegment file() {
        return file;
    }

    /** Offset in the file, or -1 where there is no memory. */
    long offset(long cloudPhysical) {
        return extents.offset(cloudPhysical);
    }

    /** Eight aligned bytes at once, read before anything that follows in the program. */
    long entry(long offset) {
        return (long) ENTRY.getAcquire(file, offset);
    }
}
