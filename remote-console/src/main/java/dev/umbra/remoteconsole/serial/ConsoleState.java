// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

import dev.umbra.remoteconsole.serial.SerialConsoleException.Reason;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The part of a console that is committed together with its device: how far output and input have come. Version 1, little-endian:
 *
 * <pre>
 *  0  magic          4 bytes
 *  4  version        4 bytes
 *  8  stream         8 bytes
 * 16  output head    8 bytes
 * 24  input tail     8 bytes
 * 32  reserved, zero
 * </pre>
 */
final class ConsoleState {
    static final int SIZE = 64;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int MAGIC = 0x4f43_4355;
    private static final int VERSION = 1;
    private static final long OFFSET_MAXIMUM = 1L << 62;

    private ConsoleState() {}

    static void save(MemorySegment state, long stream, OutputRing output, InputQueue input) {
        state.set(INT, 0, MAGIC);
        state.set(INT, 4, VERSION);
        state.set(LONG, 8, stream);
        state.set(LONG, 16, output.written());
        state.set(LONG, 24, input.received());
        for (int offset = 32; offset < SIZE; offset += Long.BYTES) {
            state.set(LONG, offset, 0);
        }
    }

    /** Checks everything before it changes anything. */
    static void restore(MemorySegment state, long stream, OutputRing output, InputQueue input) {
        if (state.get(INT, 0) != MAGIC || state.get(INT, 4) != VERSION) {
            throw invalid("not a state of a known version");
        }
        if (state.get(LONG, 8) != stream) {
            throw invalid("state of another console");
        }
        for (int offset = 32; offset < SIZE; offset += Long.BYTES) {
            if (state.get(LONG, offset) != 0) {
                throw invalid("reserved field used");
            }
        }
        long head = state.get(LONG, 16);
        long tail = state.get(LONG, 24);
        if (head < 0 || head > OFFSET_MAXIMUM) {
            throw invalid("output offset out of range");
        }
        if (!input.isValidTail(tail) || tail > OFFSET_MAXIMUM) {
            throw invalid("input offset out of range");
        }
        output.restore(head);
        input.restore(tail);
    }

    private static SerialConsoleException invalid(String detail) {
        return new SerialConsoleException(Reason.STATE_INVALID, "console state: " + detail);
    }
}
