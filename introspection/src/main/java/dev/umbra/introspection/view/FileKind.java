// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/** What kind of thing an open file is, by its inode. */
public enum FileKind {
    REGULAR,
    DIRECTORY,
    SYMBOLIC_LINK,
    CHARACTER_DEVICE,
    BLOCK_DEVICE,
    /** A pipe, with or without a name. */
    FIFO,
    SOCKET,
    /** Something without an inode of its own, such as an eventfd or an epoll instance. */
    ANONYMOUS,
    /** Nothing the kernel would write. */
    UNKNOWN;

    private static final int TYPE_MASK = 0xf000;

    /** From {@code inode.i_mode}; anonymous inodes have no type in it. */
    static FileKind of(int mode) {
        return switch (mode & TYPE_MASK) {
            case 0x8000 -> REGULAR;
            case 0x4000 -> DIRECTORY;
            case 0xa000 -> SYMBOLIC_LINK;
            case 0x2000 -> CHARACTER_DEVICE;
            case 0x6000 -> BLOCK_DEVICE;
            case 0x1000 -> FIFO;
            case 0xc000 -> SOCKET;
            case 0 -> ANONYMOUS;
            default -> UNKNOWN;
        };
    }
}
