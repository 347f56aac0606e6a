// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

import static dev.umbra.ultracall.WireLayout.LE16;
import static dev.umbra.ultracall.WireLayout.LE32;
import static dev.umbra.ultracall.WireLayout.LE64;
import static dev.umbra.ultracall.WireLayout.U8;

import java.lang.foreign.MemorySegment;

/**
 * Appends frames to a buffer, without making an object for the frequent ones. When a frame does not fit any more, the
 * owner of the buffer is asked to empty it with {@link #clear}. Belongs to one thread.
 *
 * <p>What breaks it: an owner that returns without having made room. That is a mistake in the program and fails loudly.
 */
public final class FrameWriter {
    private final MemorySegment buffer;
    private final Runnable drain;
    private long position;
    private long frames;

    /**
     * @param buffer at least {@link Protocol#FRAME_MAXIMUM} bytes
     * @param drain called when the buffer is full; has to make room
     */
    public FrameWriter(MemorySegment buffer, Runnable drain) {
        if (buffer.byteSize() < Protocol.FRAME_MAXIMUM) {
            throw new IllegalArgumentException("no room for a frame");
        }
        this.buffer = buffer;
        this.drain = drain;
    }

    /** Where the frames are, up to {@link #position}. */
    public MemorySegment buffer() {
        return buffer;
    }

    /** Bytes written since the last {@link #clear}. */
    public long position() {
        return position;
    }

    /** Frames written since the last {@link #clear}. */
    public long frames() {
        return frames;
    }

    /** Forgets what was written. */
    public void clear() {
        position = 0;
        frames = 0;
    }

    /** Forgets the first {@code bytes} of what was written and moves the rest to the front. */
    public void discard(long bytes) {
        MemorySegment.copy(buffer, bytes, buffer, 0, position - bytes);
        position -= bytes;
    }

    /** Answers a PORT_READ of one access. */
    public void portReadReply(FrameReader request, int value) {
        long at = begin(
                FrameType.PORT_READ_REPLY,
                16,
                request.sequence(),
                request.tenantVm(),
                request.cloudVm(),
                request.vcpu());
        buffer.set(LE32, at, request.accessSize());
        buffer.set(LE32, at + 4, 0);
        buffer.set(LE64, at + 8, value & 0xffff_ffffL >>> 32 - 8 * request.accessSize());
    }

    /** Answers a PORT_READ with {@code length} bytes, 1 to {@link Protocol#PORT_DATA_MAXIMUM}. */
    public void portReadReply(
            long sequence, long tenantVm, int cloudVm, int vcpu, MemorySegment data, long offset, int length) {
        readReply(FrameType.PORT_READ_REPLY, sequence, tenantVm, cloudVm, vcpu, data, offset, length);
    }

    /** Answers a MEMORY_READ with {@code length} bytes, 1 to {@link Protocol#PORT_DATA_MAXIMUM}. */
    public void memoryReadReply(
            long sequence, long tenantVm, int cloudVm, int vcpu, MemorySegment data, long offset, int length) {
        readReply(FrameType.MEMORY_READ_REPLY, sequence, tenantVm, cloudVm, vcpu, data, offset, length);
    }

    public void ultracallReply(
            long sequence,
            long tenantVm,
            int cloudVm,
            int vcpu,
            long status,
            long result0,
            long result1,
            long result2,
            long result3) {
        long at = begin(FrameType.ULTRACALL_REPLY, 40, sequence, tenantVm, cloudVm, vcpu);
        buffer.set(LE64, at, status);
        buffer.set(LE64, at + 8, result0);
        buffer.set(LE64, at + 16, result1);
        buffer.set(LE64, at + 24, result2);
        buffer.set(LE64, at + 32, result3);
    }

    public void acknowledge(long sequence, long tenantVm, int cloudVm) {
        begin(FrameType.ACKNOWLEDGE, 0, sequence, tenantVm, cloudVm, 0);
    }

    /**
     * Publishes what reading a port gives.
     *
     * @param sequence the newest applied
     * @param value 0 to 255, or -1 to withdraw the latch
     */
    public void latch(long sequence, long tenantVm, int cloudVm, int port, int value) {
        requireRange(value, -1, 0xff);
        long at = begin(FrameType.LATCH, 8, sequence, tenantVm, cloudVm, 0);
        buffer.set(LE16, at, (short) port);
        buffer.set(U8, at + 2, (byte) (value < 0 ? 0 : 1));
        buffer.set(U8, at + 3, (byte) Math.max(value, 0));
        buffer.set(LE32, at + 4, 0);
    }

    public void interruptLine(long tenantVm, int cloudVm, int irq, boolean level) {
        requireRange(irq, 0, 15);
        long at = begin(FrameType.INTERRUPT_LINE, 8, 0, tenantVm, cloudVm, 0);
        buffer.set(LE32, at, irq);
        buffer.set(LE32, at + 4, level ? 1 : 0);
    }

    /** Says who serves {@code count} ports from {@code port} on; at least 1. */
    public void claimPorts(long sequence, long tenantVm, int cloudVm, int port, int count, PortClaim claim) {
        requireRange(port, 0, 0xffff);
        requireRange(count, 1, Math.min(0xffff, 0x10000 - port));
        long at = begin(FrameType.CLAIM_PORTS, 8, sequence, tenantVm, cloudVm, 0);
        buffer.set(LE16, at, (short) port);
        buffer.set(LE16, at + 2, (short) count);
        buffer.set(LE32, at + 4, claim.ordinal());
    }

    /** Says who serves a range of tenant physical memory, in whole pages of {@link Protocol#PAGE_SIZE} bytes. */
    public void claimMemory(long sequence, long tenantVm, int cloudVm, long address, long length, boolean claimed) {
        if (!PayloadCheck.pages(address, length)) {
            throw new IllegalArgumentException("not whole pages of physical memory");
        }
        long at = begin(FrameType.CLAIM_MEMORY, 24, sequence, tenantVm, cloudVm, 0);
        buffer.set(LE64, at, address);
        buffer.set(LE64, at + 8, length);
        buffer.set(LE32, at + 16, claimed ? 1 : 0);
        buffer.set(LE32, at + 20, 0);
    }

    /** One MEMORY_WRITE of one access, as L0 sends it. */
    public void memoryWrite(long sequence, long tenantVm, int cloudVm, int vcpu, long address, int size, long value) {
        requireMemoryAccess(size, 0, 1);
        long at = begin(FrameType.MEMORY_WRITE, 24, sequence, tenantVm, cloudVm, vcpu);
        memoryAccess(at, address, size, 0, 1);
        buffer.set(LE64, at + 16, value & -1L >>> 64 - 8 * size);
    }

    /** One MEMORY_READ, as L0 sends it. */
    public void memoryRead(
            long sequence, long tenantVm, int cloudVm, int vcpu, long address, int size, int step, int count) {
        requireMemoryAccess(size, step, count);
        long at = begin(FrameType.MEMORY_READ, 16, sequence, tenantVm, cloudVm, vcpu);
        memoryAccess(at, address, size, step, count);
    }

    /** One PORT_WRITE of one access, as L0 sends it. */
    public void portWrite(long sequence, long tenantVm, int cloudVm, int vcpu, int port, int size, int value) {
        requireSize(size);
        long at = begin(FrameType.PORT_WRITE, 16, sequence, tenantVm, cloudVm, vcpu);
        portAccess(at, port, size, 1);
        buffer.set(LE64, at + 8, value & 0xffff_ffffL >>> 32 - 8 * size);
    }

    /** One PORT_READ, as L0 sends it. */
    public void portRead(long sequence, long tenantVm, int cloudVm, int vcpu, int port, int size, int count) {
        requireSize(size);
        requireRange(count, 1, Protocol.PORT_DATA_MAXIMUM / size);
        long at = begin(FrameType.PORT_READ, 8, sequence, tenantVm, cloudVm, vcpu);
        portAccess(at, port, size, count);
    }

    /** Appends any frame. */
    public void write(Frame frame) {
        RecordWriter.write(this, frame);
    }

    /** Begins a frame and returns the offset of its payload, all of which the caller has to set. */
    long begin(FrameType type, int payload, long sequence, long tenantVm, int cloudVm, int vcpu) {
        int length = Protocol.HEADER_SIZE + payload;
        if (buffer.byteSize() - position < length) {
            drain.run();
            if (buffer.byteSize() - position < length) {
                throw new IllegalStateException("no room was made in the full buffer");
            }
        }
        long at = position;
        buffer.set(LE32, at, length);
        buffer.set(LE32, at + 4, type.code());
        buffer.set(LE64, at + 8, sequence);
        buffer.set(LE64, at + 16, tenantVm);
        buffer.set(LE32, at + 24, cloudVm);
        buffer.set(LE32, at + 28, vcpu);
        position = at + length;
        frames++;
        return at + Protocol.HEADER_SIZE;
    }

    private void readReply(
            FrameType type,
            long sequence,
            long tenantVm,
            int cloudVm,
            int vcpu,
            MemorySegment data,
            long offset,
            int length) {
        requireRange(length, 1, Protocol.PORT_DATA_MAXIMUM);
        int padded = length + 7 & ~7;
        long at = begin(type, 8 + padded, sequence, tenantVm, cloudVm, vcpu);
        buffer.set(LE32, at, length);
        buffer.set(LE32, at + 4, 0);
        buffer.set(LE64, at + padded, 0);
        MemorySegment.copy(data, offset, buffer, at + 8, length);
    }

    void memoryAccess(long at, long address, int size, int step, int count) {
        buffer.set(LE64, at, address);
        buffer.set(U8, at + 8, (byte) size);
        buffer.set(U8, at + 9, (byte) step);
        buffer.set(LE16, at + 10, (short) 0);
        buffer.set(LE32, at + 12, count);
    }

    static void requireMemoryAccess(int size, int step, int count) {
        if (size != 8) {
            requireSize(size);
        }
        requireRange(step, -1, 1);
        requireRange(count, 1, Protocol.PORT_DATA_MAXIMUM / size);
    }

    void portAccess(long at, int port, int size, int count) {
        buffer.set(LE16, at, (short) port);
        buffer.set(LE16, at + 2, (short) size);
        buffer.set(LE32, at + 4, count);
    }

    static void requireSize(int size) {
        if (size != 1 && size != 2 && size != 4) {
            throw new IllegalArgumentException("an access has 1, 2 or 4 bytes, not " + size);
        }
    }

    static void requireRange(int value, int lowest, int highest) {
        if (value < lowest || value > highest) {
            throw new IllegalArgumentException(value + " is not in " + lowest + ".." + highest);
        }
    }
}
