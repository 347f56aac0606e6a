// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The two entries of {@code struct pollfd} a device loop waits for. */
final class PollSet {
    private static final int ENTRY = 8;
    private static final int EVENTS = 4;
    private static final int RETURNED = 6;

    private final MemorySegment entries;
    private final MemorySegment capture;

    PollSet(Arena arena, MemorySegment capture) {
        this.entries = arena.allocate(2L * ENTRY, ENTRY);
        this.capture = capture;
    }

    /**
     * Waits.
     *
     * @param device -1: none
     * @param writing whether room for writing ends the wait as well
     * @param milliseconds longest wait, -1: for ever
     */
    void await(int device, boolean writing, int wakeUp, int milliseconds) {
        entry(0, device, LinuxFile.POLLIN | (writing ? LinuxFile.POLLOUT : 0));
        entry(ENTRY, wakeUp, LinuxFile.POLLIN);
        if (LinuxFile.poll(entries, 2, milliseconds, capture) < 0) {
            entry(0, device, 0);
        }
    }

    /** Whether there is something to read from the device, its end included. */
    boolean deviceReady() {
        return (entries.get(ValueLayout.JAVA_SHORT, RETURNED) & ~LinuxFile.POLLOUT) != 0;
    }

    private void entry(long offset, int file, int events) {
        entries.set(ValueLayout.JAVA_INT, offset, file);
        entries.set(ValueLayout.JAVA_SHORT, offset + EVENTS, (short) events);
        entries.set(ValueLayout.JAVA_SHORT, offset + RETURNED, (short) 0);
    }
}
