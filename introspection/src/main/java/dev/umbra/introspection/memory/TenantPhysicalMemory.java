// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

import dev.umbra.cloudhypervisor.memory.TenantMemory;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** The memory of a running tenant VM, through the nested page table its hypervisor keeps at this moment. */
public final class TenantPhysicalMemory implements PhysicalMemory {
    private final TenantMemory tenant;

    /** @param tenant a reader that nobody else uses */
    public TenantPhysicalMemory(TenantMemory tenant) {
        this.tenant = Objects.requireNonNull(tenant, "tenant");
    }

    @Override
    public long place(long physical) {
        return tenant.place(physical);
    }

    @Override
    public MemorySegment bytes() {
        return tenant.file();
    }

    @Override
    public long next(long physical) {
        return tenant.next(physical);
    }
}
