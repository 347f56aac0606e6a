// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/**
 * An area of a process's address space; a line of {@code /proc/PID/maps}.
 *
 * @param start first address
 * @param end first address behind it
 * @param flags {@code VM_} flags of {@code linux/mm.h}
 * @param offset in the file, in bytes
 * @param device that of the file system, 0:0 without a file
 * @param inode number of the file's inode, 0 without a file
 * @param name path of the file, or what the kernel calls the area, such as {@code [heap]}, or empty
 */
public record MemoryMap(
        int pid, long start, long end, long flags, long offset, Device device, long inode, String name) {
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int EXECUTE = 4;
    private static final int MAY_SHARE = 0x80;

    public boolean readable() {
        return (flags & READ) != 0;
    }

    public boolean writable() {
        return (flags & WRITE) != 0;
    }

    public boolean executable() {
        return (flags & EXECUTE) != 0;
    }

    /** Whether writes are seen by others who map it. */
    public boolean shared() {
        return (flags & MAY_SHARE) != 0;
    }

    /** Such as {@code r-xp}. */
    public String permissions() {
        return (readable() ? "r" : "-")
                + (writable() ? "w" : "-")
                + (executable() ? "x" : "-")
                + (shared() ? "s" : "p");
    }
}
