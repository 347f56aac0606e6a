// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

import dev.umbra.remoteconsole.serial.SerialConsoleException.Reason;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/**
 * Where things stand in the storage of a console, version 1, little-endian:
 *
 * <pre>
 *   0  magic                      8 bytes
 *   8  version                    4 bytes
 *  12  scroll-back size           4 bytes
 *  16  input queue capacity       4 bytes
 *  20  reserved, zero             4 bytes
 *  24  stream                     8 bytes   random, never zero; names this output for ever
 *  64  input head                 8 bytes   written by clients, release order, on a cache line of its own
 * 128  input cells                2 bytes each
 *      output ring                scroll-back + 2 x reserve bytes
 * </pre>
 *
 * The sizes are part of the storage so that a file made with another configuration is refused rather than misread.
 */
record StorageLayout(int scrollBack, int inputCapacity) {
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);

    static final long INPUT_HEAD = 64;
    private static final long INPUT_CELLS = 128;
    private static final long MAGIC = 0x4e4f_4349_5245_5355L;
    private static final int VERSION = 1;

    static StorageLayout of(SerialConsoleConfig config) {
        return new StorageLayout(config.scrollBack(), config.inputQueue());
    }

    /** Most bytes that may stand beyond the published head: a sixteenth of the scroll-back. */
    int reserve() {
        return scrollBack / 16;
    }

    int outputSize() {
        return scrollBack + 2 * reserve();
    }

    long size() {
        return INPUT_CELLS + (long) inputCapacity * Short.BYTES + outputSize();
    }

    MemorySegment inputCells(MemorySegment storage) {
        return storage.asSlice(INPUT_CELLS, (long) inputCapacity * Short.BYTES);
    }

    MemorySegment output(MemorySegment storage) {
        return storage.asSlice(INPUT_CELLS + (long) inputCapacity * Short.BYTES, outputSize());
    }

    /** Prepares a storage of zeros, or checks one that was in use. Returns the stream. */
    long open(MemorySegment storage) {
        if (storage.byteSize() < size()) {
            throw mismatch("too small");
        }
        if (storage.maxByteAlignment() < Long.BYTES) {
            throw mismatch("not aligned to eight bytes");
        }
        if (storage.get(LONG, 0) == 0) {
            initialise(storage);
        }
        check(storage);
        return storage.get(LONG, 24);
    }

    private void initialise(MemorySegment storage) {
        storage.set(INT, 8, VERSION);
        storage.set(INT, 12, scrollBack);
        storage.set(INT, 16, inputCapacity);
        storage.set(INT, 20, 0);
        storage.set(LONG, 24, new SecureRandom().nextLong() | 1);
        storage.set(LONG, INPUT_HEAD, 0);
        LONG.varHandle().setRelease(storage, 0L, MAGIC);
    }

    private void check(MemorySegment storage) {
        if (storage.get(LONG, 0) != MAGIC) {
            throw mismatch("no console storage");
        }
        if (storage.get(INT, 8) != VERSION) {
            throw mismatch("unknown version");
        }
        if (storage.get(INT, 12) != scrollBack || storage.get(INT, 16) != inputCapacity) {
            throw mismatch("made with other sizes");
        }
        if (storage.get(INT, 20) != 0 || storage.get(LONG, 24) == 0) {
            throw mismatch("damaged header");
        }
    }

    private static SerialConsoleException mismatch(String detail) {
        return new SerialConsoleException(Reason.STORAGE_MISMATCH, "console storage: " + detail);
    }
}
