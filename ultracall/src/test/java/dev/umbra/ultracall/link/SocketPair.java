// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Two connected message sockets, one of which stands in for the device: a read gives what one write gave. */
final class SocketPair implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_SEQPACKET = 5;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final MethodHandle SOCKETPAIR = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("socketpair"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS));

    final int device;
    private final int peer;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(1 << 18);
    private final MemorySegment capture = LinuxFile.capture(arena);

    SocketPair() {
        MemorySegment files = arena.allocate(ValueLayout.JAVA_INT, 2);
        try {
            int result = (int) SOCKETPAIR.invokeExact(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, files);
            if (result != 0) {
                throw new IOException("no socket pair");
            }
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        device = files.getAtIndex(ValueLayout.JAVA_INT, 0);
        peer = files.getAtIndex(ValueLayout.JAVA_INT, 1);
    }

    void send(byte[] bytes) {
        MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, bytes.length);
        if (LinuxFile.write(peer, buffer, bytes.length, capture) != bytes.length) {
            throw new IllegalStateException("not sent");
        }
    }

    /** The next message. */
    byte[] receive() {
        long deadline = System.nanoTime() + 5_000_000_000L;
        while (System.nanoTime() < deadline) {
            long count = LinuxFile.read(peer, buffer, buffer.byteSize(), capture);
            if (count > 0) {
                return buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("nothing received");
    }

    @Override
    public void close() {
        LinuxFile.close(peer);
        arena.close();
    }
}
