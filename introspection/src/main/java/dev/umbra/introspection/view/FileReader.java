// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Unreadable;

/** Walks the descriptors of a process ({@code linux/fdtable.h}) and reads the files behind them ({@code linux/fs.h}). */
final class FileReader {
    /** Takes what is behind a descriptor. */
    @FunctionalInterface
    interface Visitor {
        /** @param file address of the {@code struct file} */
        void descriptor(int descriptor, long file, boolean closeOnExec);
    }

    private static final class Layout {
        final int table;
        final int tableSize;
        final int tableFiles;
        final int closeOnExec;
        final int path;
        final int inode;
        final int flags;
        final int position;
        final int privateData;
        final int inodeMode;
        final int inodeNumber;
        final int inodeDevice;
        final int inodeSuperBlock;
        final int superBlockDevice;

        Layout(KernelProfile profile) {
            table = profile.offset("files_struct", "fdt");
            StructFields tables = new StructFields(profile, "fdtable");
            tableSize = tables.at("max_fds");
            tableFiles = tables.at("fd");
            closeOnExec = tables.at("close_on_exec");
            StructFields file = new StructFields(profile, "file");
            path = file.at("f_path");
            inode = file.at("f_inode");
            flags = file.at("f_flags");
            position = file.at("f_pos");
            privateData = file.at("private_data");
            StructFields inodes = new StructFields(profile, "inode");
            inodeMode = inodes.at("i_mode");
            inodeNumber = inodes.at("i_ino");
            inodeDevice = inodes.at("i_rdev");
            inodeSuperBlock = inodes.at("i_sb");
            superBlockDevice = profile.offset("super_block", "s_dev");
        }
    }

    private static final String TABLE = "fdtable";
    private static final int MAXIMUM_DESCRIPTORS = 1 << 16;
    private static final int O_CLOEXEC = 0x80000;

    private final Scan scan;
    private final AddressSpace memory;
    private final Layout layout;
    private final Paths paths;

    FileReader(Scan scan) {
        this.scan = scan;
        this.memory = scan.memory();
        this.layout = scan.layout(Layout.class, Layout::new);
        this.paths = new Paths(scan);
    }

    /** @param files address of the {@code struct files_struct}, 0 for a process that has ended */
    void forEach(long files, Visitor visitor) {
        if (files == 0) {
            return;
        }
        try {
            long table = memory.u64(files + layout.table);
            int size = memory.u32(table + layout.tableSize);
            if (size < 0 || size > MAXIMUM_DESCRIPTORS) {
                scan.gaps().add(Reason.TOO_MANY, TABLE, table);
            }
            long entries = memory.u64(table + layout.tableFiles);
            long closing = memory.u64(table + layout.closeOnExec);
            int count = size < 0 ? MAXIMUM_DESCRIPTORS : Math.min(size, MAXIMUM_DESCRIPTORS);
            for (int descriptor = 0; descriptor < count; descriptor++) {
                if ((descriptor & Long.SIZE - 1) == 0 && !scan.budget().take()) {
                    scan.gaps().add(Reason.TOO_MANY, TABLE, table);
                    return;
                }
                long file = memory.u64(entries + (long) descriptor * Long.BYTES);
                if (file != 0) {
                    visit(descriptor, file, closing, visitor);
                }
            }
        } catch (Unreadable hole) {
            scan.gaps().add(Reason.UNREADABLE, TABLE, hole.address());
        }
    }

    private void visit(int descriptor, long file, long closing, Visitor visitor) {
        if (!scan.budget().take()) {
            scan.gaps().add(Reason.TOO_MANY, TABLE, file);
            return;
        }
        try {
            boolean closeOnExec = (memory.u8(closing + descriptor / Byte.SIZE) >>> descriptor % Byte.SIZE & 1) != 0;
            visitor.descriptor(descriptor, file, closeOnExec);
        } catch (Unreadable hole) {
            scan.gaps().add(Reason.UNREADABLE, "file", hole.address());
        }
    }

    OpenFile read(int pid, int descriptor, long file, boolean closeOnExec) {
        long inode = memory.u64(file + layout.inode);
        int mode = memory.u16(inode + layout.inodeMode);
        int flags = memory.u32(file + layout.flags) & ~O_CLOEXEC;
        FileKind kind = FileKind.of(mode);
        boolean special = kind == FileKind.CHARACTER_DEVICE || kind == FileKind.BLOCK_DEVICE;
        return new OpenFile(
                file,
                pid,
                descriptor,
                kind,
                scan.part("file.f_path", file, "", address -> paths.path(address + layout.path)),
                closeOnExec ? flags | O_CLOEXEC : flags,
                mode,
                memory.u64(file + layout.position),
                memory.u64(inode + layout.inodeNumber),
                Device.of(memory.u32(memory.u64(inode + layout.inodeSuperBlock) + layout.superBlockDevice)),
                Device.of(special ? memory.u32(inode + layout.inodeDevice) : 0));
    }

    /** Path of a file. */
    String path(long file) {
        return paths.path(file + layout.path);
    }

    /** Number of a file's inode. */
    long inodeNumber(long file) {
        return memory.u64(memory.u64(file + layout.inode) + layout.inodeNumber);
    }

    /** Device of the file system that a file is in. */
    Device device(long file) {
        long superBlock = memory.u64(memory.u64(file + layout.inode) + layout.inodeSuperBlock);
        return Device.of(memory.u32(superBlock + layout.superBlockDevice));
    }

    /** Address of the {@code struct socket} behind a file, 0 if it is none. */
    long socket(long file) {
        int mode = memory.u16(memory.u64(file + layout.inode) + layout.inodeMode);
        return FileKind.of(mode) == FileKind.SOCKET ? memory.u64(file + layout.privateData) : 0;
    }
}
