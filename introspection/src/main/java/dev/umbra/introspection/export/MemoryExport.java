// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.export;

import dev.umbra.introspection.memory.PhysicalMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * One export of a machine's physical memory. Where there is memory is settled when it is prepared, so that the size is
 * known and headers are true; the bytes are read while they are written, with 256 KiB of buffer however large the machine
 * is. It belongs to one thread, as the memory it reads does.
 *
 * <p>Each page is as it was at one moment; pages are of different moments unless the machine is held. A page that is gone
 * when its turn comes is zero and is listed.
 *
 * <p>Formats: ELF as {@link ElfCore} says; raw; LiME version 1, a header of 32 bytes before each range ({@code
 * doc/README.md} of LiME).
 */
public final class MemoryExport {
    private static final int PAGE = PhysicalMemory.PAGE;
    private static final int BUFFER = 256 << 10;
    private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[PAGE]);
    private static final int LIME_HEADER = 32;
    private static final int LIME_MAGIC = 0x4c694d45;
    private static final int LIME_VERSION = 1;

    private final PhysicalMemory memory;
    private final ExportFormat format;
    private final MemoryRanges layout;
    private final ByteBuffer head;
    private final List<MemoryRange> missing = new ArrayList<>();
    private long missingBytes;
    private volatile long written;

    private MemoryExport(PhysicalMemory memory, ExportFormat format, MemoryRanges layout, ByteBuffer head) {
        this.memory = memory;
        this.format = format;
        this.layout = layout;
        this.head = head;
    }

    /**
     * Looks where there is memory.
     *
     * @param description used by {@link ExportFormat#ELF} alone
     */
    public static MemoryExport prepare(PhysicalMemory memory, ExportFormat format, CoreDescription description) {
        MemoryRanges layout = MemoryRanges.of(memory);
        ByteBuffer head =
                format == ExportFormat.ELF ? ElfCore.head(layout.ranges(), description) : ByteBuffer.allocate(0);
        return new MemoryExport(memory, format, layout, head);
    }

    /** Bytes that will be written. */
    public long size() {
        return switch (format) {
            case ELF -> head.capacity() + layout.bytes();
            case RAW -> layout.end();
            case LIME -> layout.bytes() + (long) LIME_HEADER * layout.ranges().size();
        };
    }

    /** Bytes of memory that was found. */
    public long memoryBytes() {
        return layout.bytes();
    }

    /** Bytes written so far; any thread may ask. */
    public long written() {
        return written;
    }

    /**
     * Writes everything. A file channel is written from its position on, and pages of zeros become holes.
     *
     * @throws IOException what the channel says
     * @throws IllegalStateException if this was written before
     */
    public ExportReport writeTo(WritableByteChannel channel) throws IOException {
        if (written > 0) {
            throw new IllegalStateException("an export is written once");
        }
        ExportTarget target = ExportTarget.of(channel);
        put(target, head.duplicate());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BUFFER, PAGE);
            long end = 0;
            for (MemoryRange range : layout.ranges()) {
                switch (format) {
                    case ELF -> {}
                    case RAW -> zeros(target, range.start() - end);
                    case LIME -> put(target, limeHeader(range));
                }
                copy(range, buffer, target);
                end = range.end();
            }
        }
        target.finish();
        return new ExportReport(written, missingBytes, List.copyOf(missing), layout.complete());
    }

    private void copy(MemoryRange range, MemorySegment buffer, ExportTarget target) throws IOException {
        for (long address = range.start(); address < range.end(); address += BUFFER) {
            MemorySegment part = buffer.asSlice(0, Math.min(BUFFER, range.end() - address));
            fill(part, address);
            put(part, target);
        }
    }

    private void fill(MemorySegment part, long address) {
        long done = memory.read(address, part);
        while (done < part.byteSize()) {
            long page = done & -PAGE;
            part.asSlice(page, PAGE).fill((byte) 0);
            missing(address + page);
            done = page + PAGE;
            done += memory.read(address + done, part.asSlice(done));
        }
    }

    private void missing(long page) {
        missingBytes += PAGE;
        if (!missing.isEmpty() && missing.getLast().end() == page) {
            MemoryRange last = missing.removeLast();
            missing.add(new MemoryRange(last.start(), last.length() + PAGE));
        } else if (missing.size() < ExportReport.MAXIMUM_MISSING) {
            missing.add(new MemoryRange(page, PAGE));
        }
    }

    /** Writes runs of pages that are zero, and of pages that are not. */
    private void put(MemorySegment part, ExportTarget target) throws IOException {
        long from = 0;
        while (from < part.byteSize()) {
            boolean zero = zero(part, from);
            long to = from + PAGE;
            while (to < part.byteSize() && zero(part, to) == zero) {
                to += PAGE;
            }
            if (zero) {
                zeros(target, to - from);
            } else {
                put(target, part.asSlice(from, to - from).asByteBuffer());
            }
            from = to;
        }
    }

    private static boolean zero(MemorySegment part, long at) {
        return ZEROS.mismatch(part.asSlice(at, PAGE)) < 0;
    }

    private void put(ExportTarget target, ByteBuffer bytes) throws IOException {
        int length = bytes.remaining();
        target.write(bytes);
        written += length;
    }

    private void zeros(ExportTarget target, long length) throws IOException {
        target.zeros(length);
        written += length;
    }

    private static ByteBuffer limeHeader(MemoryRange range) {
        return ByteBuffer.allocate(LIME_HEADER)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(LIME_MAGIC)
                .putInt(LIME_VERSION)
                .putLong(range.start())
                .putLong(range.end() - 1)
                .putLong(0)
                .flip();
    }
}
