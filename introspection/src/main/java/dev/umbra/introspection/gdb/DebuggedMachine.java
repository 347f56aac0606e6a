// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.gdb;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.memory.AddressSpace;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A machine as a debugger sees it: threads are its processors. Addresses of the kernel are read by the kernel's own
 * tables, others by those of the selected processor.
 */
public final class DebuggedMachine {
    private final Kernel kernel;
    private final List<VcpuRegisters> vcpus;

    /**
     * @param kernel used by nobody else while the machine is debugged
     * @param vcpus at least one
     */
    public DebuggedMachine(Kernel kernel, List<VcpuRegisters> vcpus) {
        this.kernel = Objects.requireNonNull(kernel, "kernel");
        this.vcpus = List.copyOf(vcpus);
        if (vcpus.isEmpty()) {
            throw new IllegalArgumentException("no processors");
        }
    }

    List<VcpuRegisters> vcpus() {
        return vcpus;
    }

    /** Bytes from where the kernel was linked to where it runs. */
    long slide() {
        return kernel.slide();
    }

    /** @return bytes up to the first that cannot be read */
    byte[] read(int vcpu, long virtual, int length) {
        byte[] bytes = new byte[length];
        AddressSpace space =
                virtual < 0 ? kernel.memory() : kernel.user(vcpus.get(vcpu).cr3());
        int done = (int) space.available(virtual, MemorySegment.ofArray(bytes));
        return done == length ? bytes : Arrays.copyOf(bytes, done);
    }
}
