// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.PhysicalMemory;
import java.util.List;
import java.util.OptionalLong;

/**
 * A Linux kernel in the memory of its machine: its profile, its own address space and the bases it chose at boot. Belongs
 * to one thread at a time; {@link #over} gives another thread one of its own.
 */
public final class Kernel {
    private static final long START_KERNEL_MAP = 0xffff_ffff_8000_0000L;
    private static final long USER_TABLE = 1 << 12;

    private final KernelProfile profile;
    private final AddressSpace memory;
    private final KernelLayout layout;

    Kernel(KernelProfile profile, AddressSpace memory, KernelLayout layout) {
        this.profile = profile;
        this.memory = memory;
        this.layout = layout;
    }

    /**
     * Finds the kernel of a machine and verifies what it says about itself. Never throws because of what is in memory.
     *
     * @param registers of the machine's processors, as many as are known; without any the whole memory is looked through
     */
    public static KernelOpening open(PhysicalMemory memory, List<VcpuRegisters> registers, ProfileCache cache) {
        return new KernelFinder(memory, registers, cache).open();
    }

    /** The same kernel for another thread. */
    public Kernel over(PhysicalMemory other) {
        return new Kernel(
                profile, new AddressSpace(other, memory.root(), memory.paging(), AddressSpace.KERNEL_TLB), layout);
    }

    public KernelProfile profile() {
        return profile;
    }

    /** The kernel's own address space, which holds whatever process runs. */
    public AddressSpace memory() {
        return memory;
    }

    /**
     * Whether the kernel says that it has come up: {@code system_state} of {@code init/main.c} is {@code SYSTEM_RUNNING} or later.
     * Before, all of its image may be executed, and much of what it will register is not there. One that does not say is up.
     */
    public boolean isUp() {
        OptionalLong state = profile.symbol("system_state");
        OptionalLong running = profile.constant("SYSTEM_RUNNING");
        return state.isEmpty()
                || running.isEmpty()
                || !memory.readable(state.getAsLong())
                || Integer.compareUnsigned(memory.u32(state.getAsLong()), (int) running.getAsLong()) >= 0;
    }

    /** Bytes from where the kernel was linked to where it runs. */
    public long slide() {
        return layout.slide();
    }

    /**
     * The address space of a process.
     *
     * @param pgdPhysical physical address of its uppermost table
     */
    public AddressSpace user(long pgdPhysical) {
        return new AddressSpace(memory.memory(), pgdPhysical, memory.paging(), AddressSpace.PROCESS_TLB);
    }

    /**
     * The root a processor runs on in the kernel, from the one it runs on now: with page-table isolation programs run on
     * a table beside the kernel's, and the low bits of CR3 are no address at all.
     */
    public long kernelRoot(VcpuRegisters registers) {
        long root = registers.cr3() & PhysicalMemory.PAGE_MASK;
        return layout.pageTableIsolation() ? root & ~USER_TABLE : root;
    }

    /** Processors that the kernel has per-CPU data for. */
    public int cpus() {
        return layout.perCpuBases().length;
    }

    /** What is added to a per-CPU symbol's address for one processor. */
    public long perCpuBase(int cpu) {
        return layout.perCpuBases()[cpu];
    }

    /**
     * The address of a per-CPU variable.
     *
     * @throws UnknownKernel if there is no such symbol
     */
    public long perCpu(String symbol, int cpu) {
        return profile.requireSymbol(symbol) + perCpuBase(cpu);
    }

    /** Where all physical memory is mapped. */
    public long pageOffsetBase() {
        return layout.pageOffsetBase();
    }

    /** Where the array of {@code struct page} is. */
    public long vmemmapBase() {
        return layout.vmemmapBase();
    }

    /** Where areas made by {@code vmalloc} begin. */
    public long vmallocBase() {
        return layout.vmallocBase();
    }

    /** Where the kernel's direct map has a physical address. */
    public long directMap(long physical) {
        return layout.pageOffsetBase() + physical;
    }

    /** The physical address behind one of the direct map or of the kernel's image, by arithmetic, unchecked. */
    public long physicalOf(long virtual) {
        return Long.compareUnsigned(virtual, START_KERNEL_MAP) >= 0
                ? virtual - START_KERNEL_MAP + layout.physicalBase()
                : virtual - layout.pageOffsetBase();
    }

    /** The physical address that a {@code struct page} stands for. */
    public long physicalOfPage(long page) {
        return (page - layout.vmemmapBase()) / layout.pageStructSize() * PhysicalMemory.PAGE;
    }

    /** The {@code struct page} of a physical address. */
    public long pageOf(long physical) {
        return layout.vmemmapBase() + physical / PhysicalMemory.PAGE * layout.pageStructSize();
    }
}
