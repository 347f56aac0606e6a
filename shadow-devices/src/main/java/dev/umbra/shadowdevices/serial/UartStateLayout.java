// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import dev.umbra.shadowdevices.DeviceStateException;
import dev.umbra.shadowdevices.DeviceStateException.Reason;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalInt;

/**
 * Where each field of a saved 16550A lies. Little-endian, no alignment required, places not in use zero.
 *
 * <p>The order of the bytes is fixed for a {@link #VERSION}. A change of it, or of what a field means, takes a new version and
 * keeps a reader of the old one. Each part of a device writes its own fields, without allocating, since that happens after every
 * frame; {@link #read} is the one reader.
 */
final class UartStateLayout {
    static final int SIZE = 72;
    static final int VERSION = 1;
    /** "U550" as bytes in memory. */
    static final int MAGIC = 0x30353555;

    static final int MAGIC_OFFSET = 0;
    static final int VERSION_OFFSET = 4;
    static final int SIZE_OFFSET = 6;
    static final int INTERRUPT_ENABLE_OFFSET = 8;
    static final int FIFO_CONTROL_OFFSET = 9;
    static final int LINE_CONTROL_OFFSET = 10;
    static final int MODEM_CONTROL_OFFSET = 11;
    static final int SCRATCH_OFFSET = 12;
    static final int LINE_ERRORS_OFFSET = 13;
    static final int MODEM_STATUS_OFFSET = 14;
    static final int FLAGS_OFFSET = 15;
    static final int DIVISOR_OFFSET = 16;
    static final int SHIFT_REGISTER_OFFSET = 18;
    static final int RECEIVED_SIZE_OFFSET = 19;
    static final int TRANSMIT_SIZE_OFFSET = 20;
    static final int RESERVED_OFFSET = 21;
    static final int RESERVED_SIZE = 3;
    static final int RECEIVED_OFFSET = 24;
    static final int RECEIVED_ERRORS_OFFSET = 40;
    static final int TRANSMIT_OFFSET = 56;

    static final int FLAG_TIMEOUT_PENDING = 0x01;
    static final int FLAG_HOLDING_EMPTY = 0x02;
    static final int FLAG_INTERRUPT_PENDING = 0x04;
    static final int FLAG_IMMEDIATE = 0x08;
    static final int FLAG_ACKNOWLEDGED_BY_READ = 0x10;
    static final int FLAG_SHIFTING = 0x20;
    static final int FLAGS_MASK = 0x3f;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private UartStateLayout() {}

    static void writeHeader(MemorySegment segment) {
        segment.set(INT, MAGIC_OFFSET, MAGIC);
        segment.set(SHORT, VERSION_OFFSET, (short) VERSION);
        segment.set(SHORT, SIZE_OFFSET, (short) SIZE);
        for (int offset = RESERVED_OFFSET; offset < RESERVED_OFFSET + RESERVED_SIZE; offset++) {
            segment.set(BYTE, offset, (byte) 0);
        }
    }

    static void writeByte(MemorySegment segment, int offset, int value) {
        segment.set(BYTE, offset, (byte) value);
    }

    static void writeShort(MemorySegment segment, int offset, int value) {
        segment.set(SHORT, offset, (short) value);
    }

    static void writeFifo(MemorySegment segment, int offset, CharacterFifo fifo) {
        segment.set(LONG, offset, fifo.low());
        segment.set(LONG, offset + Long.BYTES, fifo.high());
    }

    static Uart16550State read(MemorySegment segment) {
        checkHeader(segment);
        int flags = unsignedByte(segment, FLAGS_OFFSET);
        requireZero((flags & ~FLAGS_MASK) == 0, "flags");
        int shiftRegister = unsignedByte(segment, SHIFT_REGISTER_OFFSET);
        boolean shifting = (flags & FLAG_SHIFTING) != 0;
        requireZero(shifting || shiftRegister == 0, "unoccupied transmit shift register");
        int received = unsignedByte(segment, RECEIVED_SIZE_OFFSET);
        int transmit = unsignedByte(segment, TRANSMIT_SIZE_OFFSET);
        return new Uart16550State(
                unsignedByte(segment, INTERRUPT_ENABLE_OFFSET),
                unsignedByte(segment, FIFO_CONTROL_OFFSET),
                unsignedByte(segment, LINE_CONTROL_OFFSET),
                unsignedByte(segment, MODEM_CONTROL_OFFSET),
                unsignedByte(segment, SCRATCH_OFFSET),
                Short.toUnsignedInt(segment.get(SHORT, DIVISOR_OFFSET)),
                unsignedByte(segment, MODEM_STATUS_OFFSET),
                new Uart16550State.Receiver(
                        unsignedByte(segment, LINE_ERRORS_OFFSET),
                        (flags & FLAG_TIMEOUT_PENDING) != 0,
                        readFifo(segment, RECEIVED_OFFSET, received, "receive FIFO"),
                        readFifo(segment, RECEIVED_ERRORS_OFFSET, received, "receive FIFO errors")),
                new Uart16550State.Transmitter(
                        (flags & FLAG_HOLDING_EMPTY) != 0,
                        (flags & FLAG_INTERRUPT_PENDING) != 0,
                        (flags & FLAG_IMMEDIATE) != 0,
                        (flags & FLAG_ACKNOWLEDGED_BY_READ) != 0,
                        shifting ? OptionalInt.of(shiftRegister) : OptionalInt.empty(),
                        readFifo(segment, TRANSMIT_OFFSET, transmit, "transmit FIFO")));
    }

    private static void checkHeader(MemorySegment segment) {
        if (segment.byteSize() < SIZE) {
            throw new DeviceStateException(Reason.TRUNCATED, "16550A");
        }
        if (segment.get(INT, MAGIC_OFFSET) != MAGIC) {
            throw new DeviceStateException(Reason.WRONG_DEVICE, "16550A");
        }
        if (Short.toUnsignedInt(segment.get(SHORT, VERSION_OFFSET)) != VERSION) {
            throw new DeviceStateException(Reason.UNSUPPORTED_VERSION, "16550A");
        }
        if (Short.toUnsignedInt(segment.get(SHORT, SIZE_OFFSET)) != SIZE) {
            throw new DeviceStateException(Reason.OUT_OF_RANGE, "size");
        }
        for (int offset = RESERVED_OFFSET; offset < RESERVED_OFFSET + RESERVED_SIZE; offset++) {
            requireZero(segment.get(BYTE, offset) == 0, "reserved bytes");
        }
    }

    private static List<Integer> readFifo(MemorySegment segment, int offset, int size, String field) {
        if (size > CharacterFifo.CAPACITY) {
            throw new DeviceStateException(Reason.OUT_OF_RANGE, field);
        }
        long low = segment.get(LONG, offset);
        long high = segment.get(LONG, offset + Long.BYTES);
        for (int index = size; index < CharacterFifo.CAPACITY; index++) {
            requireZero(CharacterFifo.at(low, high, index) == 0, field);
        }
        return CharacterFifo.unpack(low, high, size);
    }

    private static int unsignedByte(MemorySegment segment, int offset) {
        return Byte.toUnsignedInt(segment.get(BYTE, offset));
    }

    private static void requireZero(boolean zero, String field) {
        if (!zero) {
            throw new DeviceStateException(Reason.RESERVED_NOT_ZERO, field);
        }
    }
}
