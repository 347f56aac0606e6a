// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * A shared file that holds memory of cloud VMs, mapped once and read-only. The mapping ends when nothing refers to it
 * any more: whoever still holds a slice of it keeps it.
 *
 * <p>What breaks it: a file that is made shorter while it is mapped, since a read beyond its end then ends in an error of
 * the virtual machine. Hypervisors create and remove such files; they do not shorten them.
 *
 * @param inode number of the file
 * @param device number of the file system, as {@code stat} gives it
 */
public record MemoryFile(MemorySegment segment, long inode, long device) {
    /** @throws IOException if there is no such file or it cannot be mapped */
    public static MemoryFile map(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment segment = channel.map(MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
            Map<String, Object> identity = Files.readAttributes(path, "unix:ino,dev");
            return new MemoryFile(segment, (Long) identity.get("ino"), (Long) identity.get("dev"));
        }
    }

    /**
     * The memory of one cloud VM in this file.
     *
     * @throws IllegalArgumentException if the extents cannot be trusted
     */
    public CloudMemory cloudMemory(List<MemoryExtent> extents) {
        return new CloudMemory(segment, MemoryExtents.of(extents, segment.byteSize()));
    }
}
