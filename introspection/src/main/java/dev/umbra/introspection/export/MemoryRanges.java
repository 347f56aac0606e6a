// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.export;

import dev.umbra.introspection.memory.PhysicalMemory;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a machine has memory, as ranges in ascending order.
 *
 * <p>The untrusted hypervisor decides which pages are there, so there may be as many ranges as pages, and one page may
 * show up at any number of addresses. Both are bounded: holes below a size are counted as memory, and the size doubles
 * whenever there are more than {@link #MAXIMUM} ranges; and after {@link #MAXIMUM_BYTES} nothing more is looked for.
 *
 * @param complete whether everything found is in the list
 */
record MemoryRanges(List<MemoryRange> ranges, boolean complete) {
    /** Ranges at most; an ELF file of the usual kind can name 65534. */
    static final int MAXIMUM = 1024;
    /** Bytes at most. */
    static final long MAXIMUM_BYTES = 1L << 40;

    private static final long SMALLEST_HOLE = 64 << 10;

    static MemoryRanges of(PhysicalMemory memory) {
        return of(memory, MAXIMUM_BYTES);
    }

    static MemoryRanges of(PhysicalMemory memory, long maximumBytes) {
        Collector collector = new Collector();
        long bytes = 0;
        long page = memory.next(0);
        while (page != PhysicalMemory.NOWHERE && bytes < maximumBytes) {
            if (memory.place(page) != PhysicalMemory.NOWHERE) {
                collector.page(page);
                bytes += PhysicalMemory.PAGE;
            }
            page = memory.next(page + PhysicalMemory.PAGE);
        }
        return new MemoryRanges(collector.ranges(), page == PhysicalMemory.NOWHERE);
    }

    /** The sum of all lengths. */
    long bytes() {
        return ranges.stream().mapToLong(MemoryRange::length).sum();
    }

    /** The address behind the last range. */
    long end() {
        return ranges.isEmpty() ? 0 : ranges.getLast().end();
    }

    private static final class Collector {
        private final long[] starts = new long[MAXIMUM + 1];
        private final long[] ends = new long[MAXIMUM + 1];
        private int count;
        private long smallestHole = SMALLEST_HOLE;

        void page(long page) {
            if (count > 0 && page - ends[count - 1] < smallestHole) {
                ends[count - 1] = page + PhysicalMemory.PAGE;
                return;
            }
            starts[count] = page;
            ends[count] = page + PhysicalMemory.PAGE;
            count++;
            while (count > MAXIMUM) {
                smallestHole *= 2;
                merge();
            }
        }

        private void merge() {
            int kept = 0;
            for (int index = 1; index < count; index++) {
                if (starts[index] - ends[kept] < smallestHole) {
                    ends[kept] = ends[index];
                } else {
                    kept++;
                    starts[kept] = starts[index];
                    ends[kept] = ends[index];
                }
            }
            count = kept + 1;
        }

        List<MemoryRange> ranges() {
            List<MemoryRange> ranges = new ArrayList<>(count);
            for (int index = 0; index < count; index++) {
                ranges.add(new MemoryRange(starts[index], ends[index] - starts[index]));
            }
            return List.copyOf(ranges);
        }
    }
}
