// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.cryptomator.jfuse.api.FuseConfig;
import org.cryptomator.jfuse.api.Stat;
import org.cryptomator.jfuse.linux.amd64.extr.fuse3.fuse_config;
import org.cryptomator.jfuse.linux.amd64.extr.fuse3.stat;

/**
 * What libfuse has and jfuse does not show: two members of its structures, and who is asking. {@code lsof} finds the connection of a socket by its
 * inode number, so {@code st_ino} must be the tenant's and libfuse must let it pass; and content without a known size
 * needs {@code direct_io}. Both are written where jfuse keeps the structure.
 *
 * <p>What breaks it: another version of jfuse, or being used before libfuse is loaded. Then nothing is set and nobody is
 * known, and {@link #available} says so.
 */
final class FuseStructures {
    private static final MethodHandle STAT = segment("StatImpl", Stat.class);
    private static final MethodHandle CONFIGURATION = segment("FuseConfigImpl", FuseConfig.class);

    /** Looked for when the first request comes, since libfuse is loaded by then. */
    private static final MethodHandle CONTEXT = context();
    /** {@code pid} in struct fuse_context, behind a pointer, user and group (libfuse's include/fuse.h). */
    private static final long CONTEXT_PID = 16;

    private FuseStructures() {}

    static boolean available() {
        return STAT != null && CONFIGURATION != null && CONTEXT != null;
    }

    /** Inode numbers of the file system reach {@code stat(2)}; reads are not cached, and files need no size. */
    static void passNumbersAndReads(FuseConfig configuration) {
        MemorySegment structure = structure(CONFIGURATION, configuration);
        if (structure != null) {
            fuse_config.use_ino(structure, 1);
            fuse_config.direct_io(structure, 1);
        }
    }

    static void inode(Stat target, long inode) {
        MemorySegment structure = structure(STAT, target);
        if (structure != null) {
            stat.st_ino(structure, inode);
        }
    }

    /** The process whose request is being answered, as the host numbers it, or 0 if libfuse does not say. */
    static int caller() {
        if (CONTEXT == null) {
            return 0;
        }
        try {
            MemorySegment context = (MemorySegment) CONTEXT.invokeExact();
            return context.equals(MemorySegment.NULL)
                    ? 0
                    : context.reinterpret(CONTEXT_PID + Integer.BYTES).get(ValueLayout.JAVA_INT, CONTEXT_PID);
        } catch (Throwable e) {
            throw new AssertionError("libfuse throws nothing", e);
        }
    }

    private static MethodHandle context() {
        return SymbolLookup.loaderLookup()
                .find("fuse_get_context")
                .map(function ->
                        Linker.nativeLinker().downcallHandle(function, FunctionDescriptor.of(ValueLayout.ADDRESS)))
                .orElse(null);
    }

    private static MemorySegment structure(MethodHandle segment, Object wrapper) {
        if (segment == null) {
            return null;
        }
        try {
            return (MemorySegment) segment.invoke(wrapper);
        } catch (Throwable e) {
            throw new AssertionError("an accessor of a record does not fail", e);
        }
    }

    private static MethodHandle segment(String implementation, Class<?> type) {
        try {
            Class<?> wrapper = Class.forName("org.cryptomator.jfuse.linux.amd64." + implementation);
            return MethodHandles.privateLookupIn(wrapper, MethodHandles.lookup())
                    .findVirtual(wrapper, "segment", MethodType.methodType(MemorySegment.class))
                    .asType(MethodType.methodType(MemorySegment.class, type));
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }
}
