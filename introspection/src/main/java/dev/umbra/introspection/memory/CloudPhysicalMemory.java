// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

import dev.umbra.cloudhypervisor.memory.CloudMemory;
import dev.umbra.cloudhypervisor.memory.MemoryExtents;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/** The memory of a running cloud VM: that of the untrusted hypervisor itself. */
public final class CloudPhysicalMemory implements PhysicalMemory {
    private final Supplier<CloudMemory> memory;
    private CloudMemory current;

    /** @param memory the cloud VM's memory now, or null if it is not known; asked at each access */
    public CloudPhysicalMemory(Supplier<CloudMemory> memory) {
        this.memory = memory;
    }

    @Override
    public long place(long physical) {
        current = memory.get();
        return current == null ? NOWHERE : current.extents().offset(physical);
    }

    @Override
    public MemorySegment bytes() {
        return current == null ? MemorySegment.NULL : current.file();
    }

    @Override
    public long next(long physical) {
        CloudMemory now = memory.get();
        long next = now == null ? NOWHERE : now.extents().next(physical & -PAGE);
        return next < 0 ? NOWHERE : next & -MemoryExtents.PAGE;
    }
}
