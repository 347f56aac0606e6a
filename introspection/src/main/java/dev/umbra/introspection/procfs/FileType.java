// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

/** The type in {@code st_mode}; see {@code inode(7)}. */
final class FileType {
    static final int MASK = 0170000;
    static final int SOCKET = 0140000;
    static final int LINK = 0120000;
    static final int REGULAR = 0100000;
    static final int DIRECTORY = 0040000;
    static final int FIFO = 0010000;

    private FileType() {}
}
