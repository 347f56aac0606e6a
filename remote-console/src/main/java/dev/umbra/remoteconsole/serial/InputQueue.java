// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

import static dev.umbra.remoteconsole.serial.StorageLayout.INPUT_HEAD;
import static dev.umbra.remoteconsole.serial.StorageLayout.LONG;
import static dev.umbra.remoteconsole.serial.StorageLayout.SHORT;

import dev.umbra.remoteconsole.serial.SerialConsoleException.Reason;
import java.lang.foreign.MemorySegment;

/**
 * What was typed and not received yet: characters and breaks in the order they were sent, one 16-bit cell each.
 *
 * <p>An accepted character survives a crash. Its cell is written first, then the head, both into the mapped storage: from that store
 * on it is accepted. The tail belongs to the device: how far it has received is part of the state that is committed together with
 * the device's own, so a crash between receiving and committing gives the same character to the restored device again. For the same
 * reason a cell is free only when the tail beyond it was <em>committed</em>; freeing it as soon as it is received would lose it.
 *
 * <p>One producer at a time (the console's client lock sees to that), one consumer (the device's loop), no lock between them.
 */
final class InputQueue {
    private final MemorySegment storage;
    private final MemorySegment cells;
    private final int capacity;

    private long received;
    private volatile long committed;

    InputQueue(StorageLayout layout, MemorySegment storage) {
        this.storage = storage;
        this.cells = layout.inputCells(storage);
        this.capacity = layout.inputCapacity();
        if (head() < 0) {
            throw new SerialConsoleException(Reason.STORAGE_MISMATCH, "console storage: damaged input head");
        }
        restore(isValidTail(0) ? 0 : head());
    }

    /** Producer only. Accepts as many characters as there is room for. */
    int offer(byte[] characters, int offset, int length) {
        long head = head();
        int count = Math.min(length, room(head));
        for (int index = 0; index < count; index++) {
            set(head + index, characters[offset + index] & 0xff);
        }
        accept(head + count);
        return count;
    }

    /** Producer only. */
    boolean offerBreak() {
        long head = head();
        if (room(head) == 0) {
            return false;
        }
        set(head, SerialConsole.BREAK);
        accept(head + 1);
        return true;
    }

    boolean hasRoom() {
        return room(head()) > 0;
    }

    /** Consumer only. */
    int pending() {
        return (int) (head() - received);
    }

    /** Consumer only. */
    int receive() {
        if (received == head()) {
            return SerialConsole.NONE;
        }
        int cell = cells.get(SHORT, (received & (capacity - 1)) * Short.BYTES) & 0xffff;
        received++;
        return cell == SerialConsole.BREAK ? SerialConsole.BREAK : cell & 0xff;
    }

    /** Consumer only. Frees what was received before the last commit; whether that was anything. */
    boolean commit() {
        if (committed == received) {
            return false;
        }
        committed = received;
        return true;
    }

    long received() {
        return received;
    }

    long committed() {
        return committed;
    }

    /** Whether the storage can hold a queue whose first character is number {@code tail}. */
    boolean isValidTail(long tail) {
        long head = head();
        return tail >= 0 && head >= tail && head - tail <= capacity;
    }

    /** Consumer only. */
    void restore(long tail) {
        received = tail;
        committed = tail;
    }

    private int room(long head) {
        return (int) (capacity - (head - committed));
    }

    private void set(long number, int cell) {
        cells.set(SHORT, (number & (capacity - 1)) * Short.BYTES, (short) cell);
    }

    private long head() {
        return (long) LONG.varHandle().getAcquire(storage, INPUT_HEAD);
    }

    private void accept(long head) {
        LONG.varHandle().setRelease(storage, INPUT_HEAD, head);
    }
}
