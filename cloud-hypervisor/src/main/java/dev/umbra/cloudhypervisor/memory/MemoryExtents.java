// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

import java.util.Comparator;
import java.util.List;

/**
 * Where each byte of a cloud VM's memory lies in a file. Immutable, so that readers on any thread see one state of it.
 *
 * <p>Whoever reads through it trusts it with every bound, so it is checked as if an enemy had written it: whole pages,
 * no overflow, nothing beyond the file, no cloud-physical address twice. Two addresses may share bytes of the file:
 * firmware shows memory under two addresses.
 */
public final class MemoryExtents {
    /** Bytes of the smallest page. */
    public static final long PAGE = 4096;
    /** Extents of one cloud VM. */
    public static final int MAXIMUM = 1 << 16;

    private static final long PHYSICAL_LIMIT = 1L << 52;

    private final long[] starts;
    private final long[] ends;
    private final long[] offsets;

    private MemoryExtents(List<MemoryExtent> sorted) {
        starts = new long[sorted.size()];
        ends = new long[sorted.size()];
        offsets = new long[sorted.size()];
        for (int index = 0; index < starts.length; index++) {
            MemoryExtent extent = sorted.get(index);
            starts[index] = extent.cloudPhysical();
            ends[index] = extent.cloudPhysical() + extent.length();
            offsets[index] = extent.offset();
        }
    }

    /**
     * @param fileSize bytes of the file
     * @throws IllegalArgumentException if they cannot be trusted
     */
    public static MemoryExtents of(List<MemoryExtent> extents, long fileSize) {
        if (extents.size() > MAXIMUM) {
            throw new IllegalArgumentException("more than " + MAXIMUM + " extents");
        }
        List<MemoryExtent> sorted = extents.stream()
                .sorted(Comparator.comparingLong(MemoryExtent::cloudPhysical))
                .toList();
        long end = 0;
        for (MemoryExtent extent : sorted) {
            check(extent, fileSize);
            if (extent.cloudPhysical() < end) {
                throw new IllegalArgumentException("overlapping: " + extent);
            }
            end = extent.cloudPhysical() + extent.length();
        }
        return new MemoryExtents(sorted);
    }

    private static void check(MemoryExtent extent, long fileSize) {
        long bits = extent.cloudPhysical() | extent.length() | extent.offset();
        if (bits < 0 || bits % PAGE != 0 || extent.length() == 0) {
            throw new IllegalArgumentException("not a run of pages: " + extent);
        }
        if (extent.cloudPhysical() > PHYSICAL_LIMIT - extent.length()) {
            throw new IllegalArgumentException("not a physical address: " + extent);
        }
        if (extent.offset() > fileSize - extent.length()) {
            throw new IllegalArgumentException("beyond the file of " + fileSize + " bytes: " + extent);
        }
    }

    /** Offset in the file, or -1 where there is no memory. */
    public long offset(long cloudPhysical) {
        int low = 0;
        int high = starts.length - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            if (cloudPhysical < starts[middle]) {
                high = middle - 1;
            } else if (cloudPhysical >= ends[middle]) {
                low = middle + 1;
            } else {
                return offsets[middle] + (cloudPhysical - starts[middle]);
            }
        }
        return -1;
    }

    /** The lowest address from one on that has memory, or -1. */
    public long next(long cloudPhysical) {
        int low = 0;
        int high = starts.length;
        while (low < high) {
            int middle = low + high >>> 1;
            if (ends[middle] <= cloudPhysical) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == starts.length ? -1 : Math.max(cloudPhysical, starts[low]);
    }

    public int count() {
        return starts.length;
    }

    /** Bytes of all extents. */
    public long size() {
        long sum = 0;
        for (int index = 0; index < starts.length; index++) {
            sum += ends[index] - starts[index];
        }
        return sum;
    }
}
