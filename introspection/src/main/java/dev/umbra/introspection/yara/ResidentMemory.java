// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.yara;

import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.PhysicalMemory;
import dev.umbra.introspection.memory.Translation;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * The user memory of a process that is in memory now, by its page tables, not by what the kernel lists: memory that is
 * hidden from the list of its areas is found, too.
 *
 * <p>Runs of pages that follow each other are written one after the other with a page of zeros between them, so that no
 * string is found across a gap. The tables may be hostile: entries may lead back to tables, and everything may be mapped
 * everywhere. A walk ends after a number of bytes and after a number of entries.
 */
final class ResidentMemory {
    private static final int PAGE = PhysicalMemory.PAGE;
    private static final int TABLE_BITS = 9;
    private static final int PAGE_BITS = 12;
    private static final int MAXIMUM_STEPS = 1 << 22;
    private static final int MAXIMUM_RUNS = 1 << 16;

    private final List<Run> runs = new ArrayList<>();
    private long bytes;
    private boolean complete;

    private ResidentMemory() {}

    /** @param at where it begins in what is written */
    private record Run(long virtual, long length, long at) {}

    static ResidentMemory of(AddressSpace space, long maximumBytes) {
        ResidentMemory memory = new ResidentMemory();
        memory.complete = memory.walk(space, maximumBytes);
        return memory;
    }

    /** Bytes of the process. */
    long bytes() {
        return bytes;
    }

    /** Whether the limits left nothing out. */
    boolean complete() {
        return complete;
    }

    private boolean walk(AddressSpace space, long maximumBytes) {
        long end = 1L << PAGE_BITS + TABLE_BITS * space.paging().levels() - 1;
        long address = 0;
        for (int step = 0; address < end; step++) {
            if (step == MAXIMUM_STEPS) {
                return false;
            }
            switch (space.translate(address)) {
                case Translation.Mapped page -> {
                    long next = (address & -page.pageSize()) + page.pageSize();
                    if (page.user() && !add(address, Math.min(next - address, maximumBytes - bytes), next - address)) {
                        return false;
                    }
                    address = next;
                }
                case Translation.NotPresent hole -> address = behind(address, hole.level());
                case Translation.Malformed entry -> address = behind(address, entry.level());
                case Translation.NoMemory nothing -> address = behind(address, Math.max(1, nothing.level()));
                case Translation.NotCanonical beyond -> {
                    return true;
                }
            }
        }
        return true;
    }

    /** The first address that an entry of a table does not stand for. */
    private static long behind(long address, int level) {
        long size = 1L << PAGE_BITS + TABLE_BITS * (level - 1);
        return (address & -size) + size;
    }

    private boolean add(long virtual, long length, long wanted) {
        if (length <= 0) {
            return false;
        }
        Run last = runs.isEmpty() ? null : runs.getLast();
        if (last != null && last.virtual() + last.length() == virtual) {
            runs.set(runs.size() - 1, new Run(last.virtual(), last.length() + length, last.at()));
        } else if (runs.size() < MAXIMUM_RUNS) {
            runs.add(new Run(virtual, length, last == null ? 0 : last.at() + last.length() + PAGE));
        } else {
            return false;
        }
        bytes += length;
        return length == wanted;
    }

    /** Writes all runs; what is gone meanwhile is zero. */
    void writeTo(WritableByteChannel channel, AddressSpace space) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(PAGE, PAGE);
            boolean first = true;
            for (Run run : runs) {
                if (!first) {
                    write(channel, page.fill((byte) 0));
                }
                first = false;
                for (long done = 0; done < run.length(); done += PAGE) {
                    page.fill((byte) 0);
                    space.available(run.virtual() + done, page);
                    write(channel, page);
                }
            }
        }
    }

    private static void write(WritableByteChannel channel, MemorySegment page) throws IOException {
        var buffer = page.asByteBuffer();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /**
     * The address that a place in what was written belongs to.
     *
     * @return 0 if none does
     */
    long address(long place) {
        int low = 0;
        int high = runs.size() - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            Run run = runs.get(middle);
            if (place < run.at()) {
                high = middle - 1;
            } else if (place >= run.at() + run.length()) {
                low = middle + 1;
            } else {
                return run.virtual() + place - run.at();
            }
        }
        return 0;
    }
}
