// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** An event file by which any thread ends a loop's wait. Closing waits for signals under way: a number may be reused. */
final class WakeUp {
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment one = arena.allocate(ValueLayout.JAVA_LONG);
    private final MemorySegment read = arena.allocate(ValueLayout.JAVA_LONG);
    private final MemorySegment signalCapture = LinuxFile.capture(arena);
    private final MemorySegment clearCapture = LinuxFile.capture(arena);
    private int file = -1;

    synchronized void open() throws IOException {
        one.set(ValueLayout.JAVA_LONG, 0, 1);
        file = LinuxFile.eventFile();
    }

    synchronized void signal() {
        if (file >= 0) {
            LinuxFile.write(file, one, Long.BYTES, signalCapture);
        }
    }

    /** Loop thread only. */
    void clear() {
        LinuxFile.read(file, read, Long.BYTES, clearCapture);
    }

    /** Loop thread only. */
    int file() {
        return file;
    }

    synchronized void close() {
        if (file >= 0) {
            LinuxFile.close(file);
            file = -1;
        }
    }
}
