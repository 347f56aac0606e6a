// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

import static dev.umbra.ultracall.WireLayout.LE16;
import static dev.umbra.ultracall.WireLayout.LE32;
import static dev.umbra.ultracall.WireLayout.LE64;
import static dev.umbra.ultracall.WireLayout.U8;
import static dev.umbra.ultracall.WireLayout.headerOffset;
import static dev.umbra.ultracall.WireLayout.payloadOffset;

import dev.umbra.ultracall.FrameException.Reason;
import java.lang.foreign.MemorySegment;

/**
 * Shows one frame after the other in place. {@link #wrap} checks a frame completely, so the accessors need not; they
 * are meaningful for the types they name. A reader belongs to one thread and allocates nothing, which is why it exists
 * beside the records of {@link Frame}: a tenant's output comes as one frame per few bytes, and an object for each of
 * them would be most of the work.
 *
 * <p>What breaks it: bytes that change while it looks at them. Memory that a peer can still write to has to be copied
 * before.
 */
public final class FrameReader {
    private static final long LENGTH = headerOffset("length");
    private static final long TYPE = headerOffset("type");
    private static final long FLAGS = headerOffset("flags");
    private static final long SEQUENCE = headerOffset("sequence");
    private static final long TENANT_VM = headerOffset("tenant_vm");
    private static final long CLOUD_VM = headerOffset("cloud_vm");
    private static final long VCPU = headerOffset("vcpu");

    private static final long PORT = payloadOffset(WireLayout.PORT_WRITE, "port");
    private static final long SIZE = payloadOffset(WireLayout.PORT_WRITE, "size");
    private static final long COUNT = payloadOffset(WireLayout.PORT_WRITE, "count");
    private static final long DATA = payloadOffset(WireLayout.PORT_WRITE, "data");
    private static final long OBSERVED_DIRECTION = payloadOffset(WireLayout.PORT_OBSERVED, "direction");
    private static final long OBSERVED_VALUE = payloadOffset(WireLayout.PORT_OBSERVED, "value");
    private static final long ADDRESS = payloadOffset(WireLayout.MEMORY_WRITE, "address");
    private static final long MEMORY_SIZE = payloadOffset(WireLayout.MEMORY_WRITE, "size");
    private static final long STEP = payloadOffset(WireLayout.MEMORY_WRITE, "step");
    private static final long MEMORY_COUNT = payloadOffset(WireLayout.MEMORY_WRITE, "count");
    private static final long MEMORY_DATA = payloadOffset(WireLayout.MEMORY_WRITE, "data");
    private static final long COPY_SOURCE = payloadOffset(WireLayout.MEMORY_COPY, "source");
    private static final long COPY_DESTINATION = payloadOffset(WireLayout.MEMORY_COPY, "destination");
    private static final long COPY_SIZE = payloadOffset(WireLayout.MEMORY_COPY, "size");
    private static final long COPY_STEP = payloadOffset(WireLayout.MEMORY_COPY, "step");
    private static final long COPY_COUNT = payloadOffset(WireLayout.MEMORY_COPY, "count");
    private static final long ORIGIN = payloadOffset(WireLayout.ULTRACALL, "origin");
    private static final long PRIVILEGE = payloadOffset(WireLayout.ULTRACALL, "privilege");
    private static final long FUNCTION = payloadOffset(WireLayout.ULTRACALL, "function");
    private static final long ARGUMENTS = payloadOffset(WireLayout.ULTRACALL, "arguments");
    private static final long NUDGE_IRQ = payloadOffset(WireLayout.NUDGE, "irq");
    private static final long REPLY_LENGTH = payloadOffset(WireLayout.PORT_READ_REPLY, "length");
    private static final long REPLY_DATA = payloadOffset(WireLayout.PORT_READ_REPLY, "data");

    private final Direction direction;
    private MemorySegment segment = MemorySegment.NULL;
    private long base;
    private int length;
    private FrameType type;

    /** A reader of frames that travel in one direction; others are refused. */
    public FrameReader(Direction direction) {
        this.direction = direction;
    }

    /**
     * Looks for a frame at an offset.
     *
     * @param available bytes there are from the offset on
     * @return its length in bytes, or 0 if it is not there completely yet
     * @throws FrameException if what is there can never become a frame
     */
    public int wrap(MemorySegment bytes, long offset, long available) throws FrameException {
        if (available < Protocol.HEADER_SIZE) {
            if (available >= Integer.BYTES) {
                checkedLength(bytes.get(LE32, offset + LENGTH));
            }
            return 0;
        }
        int frameLength = checkedLength(bytes.get(LE32, offset + LENGTH));
        int code = bytes.get(LE16, offset + TYPE) & 0xffff;
        FrameType frameType = FrameType.of(code, direction);
        if (frameType == null) {
            throw new FrameException(FrameType.known(code) ? Reason.WRONG_DIRECTION : Reason.UNKNOWN_TYPE, null);
        }
        if (bytes.get(LE16, offset + FLAGS) != 0) {
            throw new FrameException(Reason.RESERVED, frameType);
        }
        if (available < frameLength) {
            return 0;
        }
        segment = bytes;
        base = offset;
        length = frameLength;
        type = frameType;
        PayloadCheck.check(this, frameType, frameLength - Protocol.HEADER_SIZE);
        return frameLength;
    }

    private static int checkedLength(int frameLength) throws FrameException {
        if (frameLength < Protocol.HEADER_SIZE || frameLength > Protocol.FRAME_MAXIMUM || (frameLength & 7) != 0) {
            throw new FrameException(Reason.LENGTH, null);
        }
        return frameLength;
    }

    /** Bytes of the frame, header included. */
    public int length() {
        return length;
    }

    public FrameType type() {
        return type;
    }

    public long sequence() {
        return segment.get(LE64, base + SEQUENCE);
    }

    public long tenantVm() {
        return segment.get(LE64, base + TENANT_VM);
    }

    public int cloudVm() {
        return segment.get(LE32, base + CLOUD_VM);
    }

    public int vcpu() {
        return segment.get(LE32, base + VCPU);
    }

    /** PORT_WRITE, PORT_READ, PORT_OBSERVED, LATCH. */
    public int port() {
        return segment.get(LE16, base + PORT) & 0xffff;
    }

    /** PORT_WRITE, PORT_READ, PORT_OBSERVED: bytes of one access, 1, 2 or 4. */
    public int accessSize() {
        return segment.get(U8, base + SIZE);
    }

    /** PORT_WRITE, PORT_READ: accesses, at least 1. */
    public int accessCount() {
        return segment.get(LE32, base + COUNT);
    }

    /** PORT_WRITE: the value of one access, zero-extended. */
    public int accessValue(int index) {
        return portValue(segment, base + DATA, accessSize(), index);
    }

    /** PORT_OBSERVED: whether the vCPU wrote, and did not read. */
    public boolean observedWrite() {
        return segment.get(U8, base + OBSERVED_DIRECTION) == 1;
    }

    /** PORT_OBSERVED: the value, zero-extended. */
    public int observedValue() {
        return segment.get(LE32, base + OBSERVED_VALUE);
    }

    /** MEMORY_WRITE, MEMORY_READ: tenant physical address of one access of the run. */
    public long memoryAddress(int index) {
        return segment.get(LE64, base + ADDRESS) + (long) memoryStep() * index * memorySize();
    }

    /** MEMORY_WRITE, MEMORY_READ: 1, -1 or 0. */
    public int memoryStep() {
        return segment.get(U8, base + STEP);
    }

    /** MEMORY_WRITE, MEMORY_READ: bytes of one access, 1, 2, 4 or 8. */
    public int memorySize() {
        return segment.get(U8, base + MEMORY_SIZE);
    }

    /** MEMORY_WRITE, MEMORY_READ: accesses, at least 1. */
    public int memoryCount() {
        return segment.get(LE32, base + MEMORY_COUNT);
    }

    /** MEMORY_WRITE: the value of one access, zero-extended. */
    public long memoryValue(int index) {
        long at = base + MEMORY_DATA + (long) index * memorySize();
        return switch (memorySize()) {
            case 1 -> segment.get(U8, at) & 0xffL;
            case 2 -> segment.get(LE16, at) & 0xffffL;
            case 4 -> segment.get(LE32, at) & 0xffff_ffffL;
            default -> segment.get(LE64, at);
        };
    }

    /** MEMORY_COPY: tenant physical address of one load. */
    public long copySource(int index) {
        return segment.get(LE64, base + COPY_SOURCE) + (long) copyStep() * index * copySize();
    }

    /** MEMORY_COPY: tenant physical address of one store. */
    public long copyDestination(int index) {
        return segment.get(LE64, base + COPY_DESTINATION) + (long) copyStep() * index * copySize();
    }

    /** MEMORY_COPY: bytes of one access, 1, 2, 4 or 8. */
    public int copySize() {
        return segment.get(U8, base + COPY_SIZE);
    }

    /** MEMORY_COPY: 1, -1 or 0. */
    public int copyStep() {
        return segment.get(U8, base + COPY_STEP);
    }

    /** MEMORY_COPY: loads and stores, at least 1. */
    public int copyCount() {
        return segment.get(LE32, base + COPY_COUNT);
    }

    /** PORT_READ_REPLY: bytes of data. */
    public int replyLength() {
        return segment.get(LE32, base + REPLY_LENGTH);
    }

    /** PORT_READ_REPLY: one byte of data, 0 to 255. */
    public int replyByte(int index) {
        return segment.get(U8, base + REPLY_DATA + index) & 0xff;
    }

    /** ULTRACALL: whether a tenant made it, and not a cloud VM. */
    public boolean fromTenant() {
        return segment.get(U8, base + ORIGIN) != 2;
    }

    /** ULTRACALL: whether it is a tenant's call by registers through a port, of which {@link #function} is the number. */
    public boolean throughPort() {
        return segment.get(U8, base + ORIGIN) == 3;
    }

    /** ULTRACALL: processor privilege level of the caller, 0 to 3. */
    public int privilege() {
        return segment.get(U8, base + PRIVILEGE);
    }

    /** ULTRACALL: the number asked for, which may be no function. */
    public int function() {
        return segment.get(LE32, base + FUNCTION);
    }

    /** ULTRACALL: argument 0 to 3. */
    public long argument(int index) {
        return segment.get(LE64, base + ARGUMENTS + (long) index * Long.BYTES);
    }

    /** NUDGE: ISA interrupt, 0 to 15. */
    public int irq() {
        return segment.get(LE32, base + NUDGE_IRQ);
    }

    /** LATCH: whether the value may be used. */
    public boolean latchValid() {
        return segment.get(U8, base + SIZE) != 0;
    }

    /** LATCH: 0 to 255. */
    public int latchValue() {
        return segment.get(U8, base + SIZE + 1) & 0xff;
    }

    /** The same frame as a record. */
    public Frame toFrame() {
        return FrameRecords.read(this);
    }

    int payload() {
        return length - Protocol.HEADER_SIZE;
    }

    FrameHeader header() {
        return new FrameHeader(sequence(), tenantVm(), cloudVm(), vcpu());
    }

    int byteAt(long payload) {
        return segment.get(U8, base + Protocol.HEADER_SIZE + payload) & 0xff;
    }

    int shortAt(long payload) {
        return segment.get(LE16, base + Protocol.HEADER_SIZE + payload) & 0xffff;
    }

    int intAt(long payload) {
        return segment.get(LE32, base + Protocol.HEADER_SIZE + payload);
    }

    long longAt(long payload) {
        return segment.get(LE64, base + Protocol.HEADER_SIZE + payload);
    }

    byte[] bytesAt(long payload, int count) {
        byte[] copy = new byte[count];
        MemorySegment.copy(segment, U8, base + Protocol.HEADER_SIZE + payload, copy, 0, count);
        return copy;
    }

    private static int portValue(MemorySegment data, long offset, int size, int index) {
        return switch (size) {
            case 1 -> data.get(U8, offset + index) & 0xff;
            case 2 -> data.get(LE16, offset + 2L * index) & 0xffff;
            default -> data.get(LE32, offset + 4L * index);
        };
    }
}
