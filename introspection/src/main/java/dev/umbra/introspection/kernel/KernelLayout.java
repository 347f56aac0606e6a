// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

/**
 * Where a kernel put things at boot.
 *
 * @param slide bytes from where it was linked to where it runs
 * @param physicalBase what is added to an offset from {@code __START_KERNEL_map} to get a physical address
 * @param pageStructSize bytes of a {@code struct page}
 * @param pageTableIsolation whether programs run on page tables of their own
 * @param perCpuBases one per processor
 */
record KernelLayout(
        long slide,
        long physicalBase,
        long pageOffsetBase,
        long vmallocBase,
        long vmemmapBase,
        int pageStructSize,
        boolean pageTableIsolation,
        long[] perCpuBases) {}
