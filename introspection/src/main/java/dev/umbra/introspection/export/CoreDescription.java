// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.export;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.memory.PhysicalMemory;
import dev.umbra.introspection.memory.Unreadable;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an ELF core says besides the memory itself. Without a known kernel it holds the registers only: the memory can
 * then be found by physical address.
 *
 * @param vmcoreinfo the text that the kernel keeps for dump tools, with its offsets and its place, as bytes
 * @param directMap virtual address at which the kernel sees physical address 0, or 0 if it is not known
 * @param image the kernel's text and data
 */
public record CoreDescription(
        List<VcpuRegisters> vcpus, Optional<byte[]> vmcoreinfo, long directMap, Optional<KernelImage> image) {
    /** Bytes of the kernel's text for dump tools: one page, by kernel/crash_core.c. */
    public static final int MAXIMUM_VMCOREINFO = 4096;
    /** Processors that are described. */
    public static final int MAXIMUM_VCPUS = 1024;

    public CoreDescription {
        vcpus = List.copyOf(vcpus.size() > MAXIMUM_VCPUS ? vcpus.subList(0, MAXIMUM_VCPUS) : vcpus);
        if (vmcoreinfo.isPresent() && vmcoreinfo.get().length > MAXIMUM_VMCOREINFO) {
            throw new IllegalArgumentException("more than " + MAXIMUM_VMCOREINFO + " bytes for dump tools");
        }
    }

    /** Of a machine whose kernel is not known. */
    public static CoreDescription of(List<VcpuRegisters> vcpus) {
        return new CoreDescription(vcpus, Optional.empty(), 0, Optional.empty());
    }

    /** Of a machine whose kernel is known. What the kernel does not tell, or hides, is left out. */
    public static CoreDescription of(Kernel kernel, List<VcpuRegisters> vcpus) {
        return new CoreDescription(vcpus, vmcoreinfo(kernel), kernel.pageOffsetBase(), image(kernel));
    }

    private static Optional<byte[]> vmcoreinfo(Kernel kernel) {
        OptionalLong data = kernel.profile().symbol("vmcoreinfo_data");
        OptionalLong size = kernel.profile().symbol("vmcoreinfo_size");
        if (data.isEmpty() || size.isEmpty()) {
            return Optional.empty();
        }
        try {
            long length = kernel.memory().u64(size.getAsLong());
            if (length < 1 || length > MAXIMUM_VMCOREINFO) {
                return Optional.empty();
            }
            return Optional.of(kernel.memory().bytes(kernel.memory().u64(data.getAsLong()), (int) length));
        } catch (Unreadable e) {
            return Optional.empty();
        }
    }

    private static Optional<KernelImage> image(Kernel kernel) {
        OptionalLong start = kernel.profile().symbol("_text");
        OptionalLong end = kernel.profile().symbol("_end");
        if (start.isEmpty() || end.isEmpty() || start.getAsLong() >= end.getAsLong()) {
            return Optional.empty();
        }
        long length = end.getAsLong() - start.getAsLong() + PhysicalMemory.PAGE - 1 & -PhysicalMemory.PAGE;
        return Optional.of(new KernelImage(start.getAsLong(), kernel.physicalOf(start.getAsLong()), length));
    }

    /** The kernel's image, which has an address of its own beside the direct map. */
    public record KernelImage(long virtual, long physical, long length) {}
}
