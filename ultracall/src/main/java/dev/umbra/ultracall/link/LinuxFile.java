// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** The few system calls a device file needs, as {@code poll(2)}, {@code read(2)} and the others describe them. */
final class LinuxFile {
    static final int POLLIN = 0x001;
    static final int POLLOUT = 0x004;

    static final int EINTR = 4;
    static final int EAGAIN = 11;

    private static final int O_RDWR = 0x2;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final AddressLayout POINTER = ValueLayout.ADDRESS;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno")).withInvokeExactBehavior();

    private static final MethodHandle OPEN = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("open"),
            FunctionDescriptor.of(INT, POINTER, INT),
            Linker.Option.captureCallState("errno"),
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle READ = function("read", FunctionDescriptor.of(LONG, INT, POINTER, LONG));
    private static final MethodHandle WRITE = function("write", FunctionDescriptor.of(LONG, INT, POINTER, LONG));
    private static final MethodHandle POLL = function("poll", FunctionDescriptor.of(INT, POINTER, LONG, INT));
    private static final MethodHandle EVENTFD = function("eventfd", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(INT, INT));

    private LinuxFile() {}

    /** Opens for reading and writing, non-blocking. */
    static int open(String path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment capture = arena.allocate(CAPTURE);
            int file = (int) OPEN.invokeExact(capture, arena.allocateFrom(path), O_RDWR | O_NONBLOCK | O_CLOEXEC);
            return checked("open", file, capture);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    static int eventFile() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment capture = arena.allocate(CAPTURE);
            int file = (int) EVENTFD.invokeExact(capture, 0, O_NONBLOCK | O_CLOEXEC);
            return checked("eventfd", file, capture);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Memory for the error number of calls made by one thread. */
    static MemorySegment capture(Arena arena) {
        return arena.allocate(CAPTURE);
    }

    /** @return bytes read, or minus the error number */
    static long read(int file, MemorySegment buffer, long count, MemorySegment capture) {
        try {
            long result = (long) READ.invokeExact(capture, file, buffer, count);
            return result < 0 ? -errno(capture) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** @return bytes written, or minus the error number */
    static long write(int file, MemorySegment buffer, long count, MemorySegment capture) {
        try {
            long result = (long) WRITE.invokeExact(capture, file, buffer, count);
            return result < 0 ? -errno(capture) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * @param milliseconds longest wait, -1: for ever
     * @return entries with events, or minus the error number
     */
    static int poll(MemorySegment entries, long count, int milliseconds, MemorySegment capture) {
        try {
            int result = (int) POLL.invokeExact(capture, entries, count, milliseconds);
            return result < 0 ? -errno(capture) : result;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void close(int file) {
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) CLOSE.invokeExact(arena.allocate(CAPTURE), file);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static MethodHandle function(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), descriptor, Linker.Option.captureCallState("errno"));
    }

    private static int errno(MemorySegment capture) {
        return (int) ERRNO.get(capture, 0L);
    }

    private static int checked(String call, int result, MemorySegment capture) throws IOException {
        if (result < 0) {
            throw new IOException(call + " failed, error " + errno(capture));
        }
        return result;
    }

    private static IOException rethrow(Throwable e) {
        return e instanceof IOException failure ? failure : new IOException(unexpected(e));
    }

    private static RuntimeException unexpected(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException failure ? failure : new IllegalStateException(e);
    }
}
