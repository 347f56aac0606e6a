// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import dev.umbra.introspection.memory.AddressSpace;
import java.util.OptionalLong;

/** Reads where a kernel put things at boot; the names are those of {@code arch/x86}. */
final class LayoutReader {
    private static final long LINKED_AT = 0xffff_ffff_8100_0000L;
    private static final long PAGE_OFFSET = 0xffff_8880_0000_0000L;
    private static final long VMALLOC_START = 0xffff_c900_0000_0000L;
    private static final long VMEMMAP_START = 0xffff_ea00_0000_0000L;
    private static final int MAXIMUM_CPUS = 8192;
    private static final int X86_FEATURE_PTI_WORD = 7;
    private static final int X86_FEATURE_PTI_BIT = 11;

    private LayoutReader() {}

    /** @throws UnknownKernel if something cannot be so */
    static KernelLayout read(KernelProfile profile, AddressSpace memory, long physicalBase) {
        return new KernelLayout(
                profile.textBase() - LINKED_AT,
                physicalBase,
                base(profile, memory, "page_offset_base", PAGE_OFFSET),
                base(profile, memory, "vmalloc_base", VMALLOC_START),
                base(profile, memory, "vmemmap_base", VMEMMAP_START),
                profile.size("page"),
                pageTableIsolation(profile, memory),
                perCpuBases(profile, memory));
    }

    /** A constant in kernels that do not randomize their memory. */
    private static long base(KernelProfile profile, AddressSpace memory, String symbol, long otherwise) {
        OptionalLong address = profile.symbol(symbol);
        return address.isPresent() ? memory.u64(address.getAsLong()) : otherwise;
    }

    private static boolean pageTableIsolation(KernelProfile profile, AddressSpace memory) {
        long features = profile.requireSymbol("boot_cpu_data") + profile.offset("cpuinfo_x86", "x86_capability");
        return (memory.u32(features + X86_FEATURE_PTI_WORD * 4L) >>> X86_FEATURE_PTI_BIT & 1) != 0;
    }

    private static long[] perCpuBases(KernelProfile profile, AddressSpace memory) {
        int cpus = memory.u32(profile.requireSymbol("nr_cpu_ids"));
        if (cpus < 1 || cpus > MAXIMUM_CPUS) {
            throw new UnknownKernel("kernel " + profile.release() + " claims " + cpus + " processors");
        }
        long offsets = profile.requireSymbol("__per_cpu_offset");
        long[] bases = new long[cpus];
        for (int cpu = 0; cpu < cpus; cpu++) {
            bases[cpu] = memory.u64(offsets + cpu * 8L);
        }
        return bases;
    }
}
