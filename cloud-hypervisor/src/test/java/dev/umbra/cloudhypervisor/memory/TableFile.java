// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A cloud VM of a few MiB in a temporary file, and a hypervisor in it that keeps nested page tables. Its memory begins
 * {@link #SHIFT} bytes into the file, so that an address taken for an offset is found out.
 */
final class TableFile {
    static final long SIZE = 8L << 20;
    static final long SHIFT = 1L << 20;
    static final long ROOT = 0x1000;
    static final long USER_TABLE = 7;

    final MemoryFile file;
    final CloudMemory memory;
    private final MemorySegment bytes;
    private final int levels;
    private long nextTable = ROOT + 4096;

    TableFile(int levels) {
        this.levels = levels;
        try {
            Path path = Files.createTempFile("umbra", ".memory");
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                bytes = channel.map(FileChannel.MapMode.READ_WRITE, 0, SHIFT + SIZE, Arena.ofAuto());
                file = MemoryFile.map(path);
            } finally {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        memory = file.cloudMemory(List.of(new MemoryExtent(0, SIZE, SHIFT)));
    }

    /** Writes where the hypervisor of the cloud VM would. */
    void put(long cloudPhysical, long value) {
        bytes.set(ValueLayout.JAVA_LONG, SHIFT + cloudPhysical, value);
    }

    long get(long cloudPhysical) {
        return bytes.get(ValueLayout.JAVA_LONG, SHIFT + cloudPhysical);
    }

    void fill(long cloudPhysical, long length, int value) {
        bytes.asSlice(SHIFT + cloudPhysical, length).fill((byte) value);
    }

    /** Maps a page with a leaf at a level, making tables as needed, and returns where its entry is. */
    long map(long tenantPhysical, int leafLevel, long leaf) {
        long table = ROOT;
        for (int level = levels; ; level--) {
            long at = table + (tenantPhysical >>> 3 + 9 * level & 0x1ff) * 8;
            if (level == leafLevel) {
                put(at, leaf);
                return at;
            }
            if ((get(at) & 1) == 0) {
                put(at, nextTable | USER_TABLE);
                nextTable += 4096;
            }
            table = get(at) & 0x000f_ffff_ffff_f000L;
        }
    }
}
