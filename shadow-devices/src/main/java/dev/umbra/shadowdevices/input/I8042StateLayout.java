// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import dev.umbra.shadowdevices.DeviceStateException;
import dev.umbra.shadowdevices.DeviceStateException.Reason;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Where each field of a saved i8042 lies. Little-endian, no alignment required, places not in use zero.
 *
 * <p>The order of the bytes is fixed for a {@link #VERSION}. A change of it, or of what a field means, takes a new version and
 * keeps a reader of the old one, if that was ever released. Each part of a device writes its own fields, without allocating, since that happens after every
 * frame; {@link #read} is the one reader.
 */
final class I8042StateLayout {
    static final int SIZE = 856;
    static final int VERSION = 2;
    /** "8042" as bytes in memory. */
    static final int MAGIC = 0x32343038;

    static final int MAGIC_OFFSET = 0;
    static final int VERSION_OFFSET = 4;
    static final int SIZE_OFFSET = 6;

    static final int CONTROL_OFFSET = 8;
    static final int AWAITING_OFFSET = 9;
    static final int CONTROLLER_FLAGS_OFFSET = 10;
    static final int OUTPUT_OFFSET = 11;
    static final int ANSWER_OFFSET = 12;

    static final int SCAN_CODE_SET_OFFSET = 16;
    static final int KEYBOARD_FLAGS_OFFSET = 17;
    static final int LEDS_OFFSET = 18;
    static final int KEYBOARD_AWAITING_OFFSET = 20;
    static final int KEYBOARD_LAST_OFFSET = 21;
    static final int KEYBOARD_REPLY_COUNT_OFFSET = 22;
    static final int KEY_COUNT_OFFSET = 23;
    static final int KEY_POSITION_OFFSET = 24;
    static final int PRINT_FORM_OFFSET = 26;
    static final int KEYBOARD_REPLIES_OFFSET = 32;
    static final int KEYS_DOWN_OFFSET = 40;
    static final int KEYS_OWED_OFFSET = 72;
    static final int KEY_EVENTS_OFFSET = 104;

    static final int IDENTIFIER_OFFSET = 232;
    static final int MOUSE_FLAGS_OFFSET = 233;
    static final int RESOLUTION_OFFSET = 234;
    static final int SAMPLE_RATE_OFFSET = 235;
    static final int PREVIOUS_RATE_OFFSET = 236;
    static final int RATE_BEFORE_OFFSET = 237;
    static final int MOUSE_AWAITING_OFFSET = 238;
    static final int MOUSE_LAST_OFFSET = 239;
    static final int MOUSE_REPLY_COUNT_OFFSET = 240;
    static final int PACKET_COUNT_OFFSET = 241;
    static final int PACKET_POSITION_OFFSET = 242;
    static final int BUTTONS_OFFSET = 243;
    static final int QUEUED_BUTTONS_OFFSET = 244;
    static final int SENT_BUTTONS_OFFSET = 245;
    static final int MOVEMENT_X_OFFSET = 246;
    static final int MOVEMENT_Y_OFFSET = 248;
    static final int WHEEL_OFFSET = 250;
    static final int MOUSE_REPLIES_OFFSET = 256;
    static final int PACKETS_OFFSET = 264;

    static final int POINTER_MODE_OFFSET = 328;
    static final int WORD_COUNT_OFFSET = 329;
    static final int POSITION_X_OFFSET = 332;
    static final int POSITION_Y_OFFSET = 336;
    static final int WORDS_OFFSET = 344;

    static final int FLAG_OUTPUT_FULL = 0x01;
    static final int FLAG_OUTPUT_AUX = 0x02;
    static final int FLAG_ANSWER_PENDING = 0x04;
    static final int FLAG_ANSWER_AUX = 0x08;
    static final int FLAG_COMMAND_WRITTEN = 0x10;
    static final int FLAG_RELEASE_PREFIX = 0x20;
    static final int FLAG_ADDRESS_LINE_20 = 0x40;
    private static final int CONTROLLER_FLAGS_MASK = 0x7f;

    static final int FLAG_SCANNING = 0x01;
    private static final int KEYBOARD_FLAGS_MASK = 0x01;

    static final int FLAG_ENABLED = 0x01;
    static final int FLAG_REMOTE = 0x02;
    static final int FLAG_WRAP = 0x04;
    static final int FLAG_SCALED = 0x08;
    static final int FLAG_OVERFLOW_X = 0x10;
    static final int FLAG_OVERFLOW_Y = 0x20;
    private static final int MOUSE_FLAGS_MASK = 0x3f;

    /** Offset and length of each hole. */
    private static final int[][] RESERVED = {{13, 3}, {19, 1}, {25, 1}, {27, 5}, {252, 4}, {330, 2}, {340, 4}};

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private I8042StateLayout() {}

    static void writeHeader(MemorySegment segment) {
        segment.set(INT, MAGIC_OFFSET, MAGIC);
        segment.set(SHORT, VERSION_OFFSET, (short) VERSION);
        segment.set(SHORT, SIZE_OFFSET, (short) SIZE);
        for (int[] hole : RESERVED) {
            for (int offset = hole[0]; offset < hole[0] + hole[1]; offset++) {
                segment.set(BYTE, offset, (byte) 0);
            }
        }
    }

    static void writeByte(MemorySegment segment, int offset, int value) {
        segment.set(BYTE, offset, (byte) value);
    }

    static void writeShort(MemorySegment segment, int offset, int value) {
        segment.set(SHORT, offset, (short) value);
    }

    static void writeInt(MemorySegment segment, int offset, int value) {
        segment.set(INT, offset, value);
    }

    static void writeLong(MemorySegment segment, int offset, long value) {
        segment.set(LONG, offset, value);
    }

    static void writeShorts(MemorySegment segment, int offset, short[] values) {
        MemorySegment.copy(values, 0, segment, SHORT, offset, values.length);
    }

    static void writeInts(MemorySegment segment, int offset, int[] values) {
        MemorySegment.copy(values, 0, segment, INT, offset, values.length);
    }

    static I8042State read(MemorySegment segment) {
        checkHeader(segment);
        return new I8042State(readController(segment), readKeyboard(segment), readMouse(segment), readPointer(segment));
    }

    private static void checkHeader(MemorySegment segment) {
        if (segment.byteSize() < SIZE) {
            throw new DeviceStateException(Reason.TRUNCATED, "i8042");
        }
        if (segment.get(INT, MAGIC_OFFSET) != MAGIC) {
            throw new DeviceStateException(Reason.WRONG_DEVICE, "i8042");
        }
        if (Short.toUnsignedInt(segment.get(SHORT, VERSION_OFFSET)) != VERSION) {
            throw new DeviceStateException(Reason.UNSUPPORTED_VERSION, "i8042");
        }
        if (Short.toUnsignedInt(segment.get(SHORT, SIZE_OFFSET)) != SIZE) {
            throw new DeviceStateException(Reason.OUT_OF_RANGE, "size");
        }
        for (int[] hole : RESERVED) {
            for (int offset = hole[0]; offset < hole[0] + hole[1]; offset++) {
                requireZero(segment.get(BYTE, offset) == 0, "reserved bytes");
            }
        }
    }

    private static I8042State.Controller readController(MemorySegment segment) {
        int flags = readFlags(segment, CONTROLLER_FLAGS_OFFSET, CONTROLLER_FLAGS_MASK, "controller flags");
        return new I8042State.Controller(
                unsignedByte(segment, CONTROL_OFFSET),
                unsignedByte(segment, AWAITING_OFFSET),
                (flags & FLAG_COMMAND_WRITTEN) != 0,
                (flags & FLAG_RELEASE_PREFIX) != 0,
                (flags & FLAG_ADDRESS_LINE_20) != 0,
                new I8042State.Output(
                        (flags & FLAG_OUTPUT_FULL) != 0,
                        (flags & FLAG_OUTPUT_AUX) != 0,
                        unsignedByte(segment, OUTPUT_OFFSET),
                        (flags & FLAG_ANSWER_PENDING) != 0,
                        (flags & FLAG_ANSWER_AUX) != 0,
                        unsignedByte(segment, ANSWER_OFFSET)));
    }

    private static I8042State.KeyboardPart readKeyboard(MemorySegment segment) {
        int flags = readFlags(segment, KEYBOARD_FLAGS_OFFSET, KEYBOARD_FLAGS_MASK, "keyboard flags");
        int count = readCount(segment, KEY_COUNT_OFFSET, KeyQueue.CAPACITY, "number of key events");
        List<Integer> events = new ArrayList<>(count);
        for (int index = 0; index < KeyQueue.CAPACITY; index++) {
            int event = segment.get(SHORT, KEY_EVENTS_OFFSET + (long) index * Short.BYTES);
            requireZero(index < count || event == 0, "key events");
            if (index < count) {
                events.add(event);
            }
        }
        return new I8042State.KeyboardPart(
                unsignedByte(segment, SCAN_CODE_SET_OFFSET),
                (flags & FLAG_SCANNING) != 0,
                unsignedByte(segment, LEDS_OFFSET),
                unsignedByte(segment, KEYBOARD_AWAITING_OFFSET),
                unsignedByte(segment, KEYBOARD_LAST_OFFSET),
                readPending(segment, KEYBOARD_REPLIES_OFFSET, KEYBOARD_REPLY_COUNT_OFFSET),
                new I8042State.Keys(
                        events,
                        unsignedByte(segment, KEY_POSITION_OFFSET),
                        readKeys(segment, KEYS_DOWN_OFFSET),
                        readKeys(segment, KEYS_OWED_OFFSET),
                        unsignedByte(segment, PRINT_FORM_OFFSET)));
    }

    private static I8042State.MousePart readMouse(MemorySegment segment) {
        int flags = readFlags(segment, MOUSE_FLAGS_OFFSET, MOUSE_FLAGS_MASK, "mouse flags");
        int count = readCount(segment, PACKET_COUNT_OFFSET, Mouse.PACKETS, "number of packets");
        return new I8042State.MousePart(
                unsignedByte(segment, IDENTIFIER_OFFSET),
                (flags & FLAG_ENABLED) != 0,
                (flags & FLAG_REMOTE) != 0,
                (flags & FLAG_WRAP) != 0,
                (flags & FLAG_SCALED) != 0,
                unsignedByte(segment, RESOLUTION_OFFSET),
                unsignedByte(segment, SAMPLE_RATE_OFFSET),
                unsignedByte(segment, PREVIOUS_RATE_OFFSET),
                unsignedByte(segment, RATE_BEFORE_OFFSET),
                unsignedByte(segment, MOUSE_AWAITING_OFFSET),
                unsignedByte(segment, MOUSE_LAST_OFFSET),
                readPending(segment, MOUSE_REPLIES_OFFSET, MOUSE_REPLY_COUNT_OFFSET),
                new I8042State.Counters(
                        segment.get(SHORT, MOVEMENT_X_OFFSET),
                        segment.get(SHORT, MOVEMENT_Y_OFFSET),
                        segment.get(SHORT, WHEEL_OFFSET),
                        (flags & FLAG_OVERFLOW_X) != 0,
                        (flags & FLAG_OVERFLOW_Y) != 0),
                new I8042State.Held(
                        unsignedByte(segment, BUTTONS_OFFSET),
                        unsignedByte(segment, QUEUED_BUTTONS_OFFSET),
                        unsignedByte(segment, SENT_BUTTONS_OFFSET)),
                readInts(segment, PACKETS_OFFSET, count, Mouse.PACKETS, "packets"),
                unsignedByte(segment, PACKET_POSITION_OFFSET));
    }

    private static I8042State.Pointer readPointer(MemorySegment segment) {
        VmwarePointer.Mode mode = VmwarePointer.Mode.of(unsignedByte(segment, POINTER_MODE_OFFSET));
        if (mode == null) {
            throw new DeviceStateException(Reason.OUT_OF_RANGE, "pointer mode");
        }
        int count = readCount(segment, WORD_COUNT_OFFSET, VmwarePointer.CAPACITY, "number of words");
        return new I8042State.Pointer(
                mode,
                segment.get(INT, POSITION_X_OFFSET),
                segment.get(INT, POSITION_Y_OFFSET),
                readInts(segment, WORDS_OFFSET, count, VmwarePointer.CAPACITY, "words"));
    }

    private static I8042State.Pending readPending(MemorySegment segment, int offset, int countOffset) {
        return new I8042State.Pending(segment.get(LONG, offset), unsignedByte(segment, countOffset));
    }

    private static BitSet readKeys(MemorySegment segment, int offset) {
        return BitSet.valueOf(segment.asSlice(offset, KeySet.BYTES).toArray(BYTE));
    }

    private static List<Integer> readInts(MemorySegment segment, int offset, int count, int capacity, String field) {
        List<Integer> values = new ArrayList<>(count);
        for (int index = 0; index < capacity; index++) {
            int value = segment.get(INT, offset + (long) index * Integer.BYTES);
            requireZero(index < count || value == 0, field);
            if (index < count) {
                values.add(value);
            }
        }
        return values;
    }

    private static int readCount(MemorySegment segment, int offset, int capacity, String field) {
        int count = unsignedByte(segment, offset);
        if (count > capacity) {
            throw new DeviceStateException(Reason.OUT_OF_RANGE, field);
        }
        return count;
    }

    private static int readFlags(MemorySegment segment, int offset, int mask, String field) {
        int flags = unsignedByte(segment, offset);
        requireZero((flags & ~mask) == 0, field);
        return flags;
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
