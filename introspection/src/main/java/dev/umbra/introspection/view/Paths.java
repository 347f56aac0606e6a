// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import java.util.HashMap;
import java.util.Map;

/**
 * Names files as {@code d_path} in {@code fs/d_path.c} does: from entry to parent, and at the root of a file system on to where
 * it is mounted, up to the topmost mount. Things without a name in any directory have one made up, such as {@code pipe:[123]};
 * here it is the type of the file system that says which, not the function that the kernel would call.
 *
 * <p>Most files of a scan lie in few directories, whose names are remembered.
 */
final class Paths {
    private static final class Layout {
        final int pathMount;
        final int pathEntry;
        final int parent;
        final int hashedBy;
        final int name;
        final int nameLength;
        final int inode;
        final int operations;
        final int madeUpName;
        final int superBlock;
        final int type;
        final int typeName;
        final int inMount;
        final int mountParent;
        final int mountPoint;
        final int mountRoot;
        final int inodeNumber;
        final int inodePrivate;
        final int namespaceOperations;
        final int namespaceName;

        Layout(KernelProfile profile) {
            StructFields path = new StructFields(profile, "path");
            pathMount = path.at("mnt");
            pathEntry = path.at("dentry");
            StructFields dentry = new StructFields(profile, "dentry");
            parent = dentry.at("d_parent");
            hashedBy = dentry.at("d_hash.pprev");
            name = dentry.first("d_name.name", "__d_name.name");
            nameLength = dentry.first("d_name.len", "__d_name.len");
            inode = dentry.at("d_inode");
            operations = dentry.at("d_op");
            madeUpName = profile.offset("dentry_operations", "d_dname");
            superBlock = dentry.at("d_sb");
            type = profile.offset("super_block", "s_type");
            typeName = profile.offset("file_system_type", "name");
            StructFields mount = new StructFields(profile, "mount");
            inMount = mount.at("mnt");
            mountParent = mount.at("mnt_parent");
            mountPoint = mount.at("mnt_mountpoint");
            mountRoot = mount.at("mnt.mnt_root");
            inodeNumber = profile.offset("inode", "i_ino");
            inodePrivate = profile.offset("inode", "i_private");
            namespaceOperations = profile.offset("ns_common", "ops");
            namespaceName = profile.offset("proc_ns_operations", "name");
        }
    }

    private record Place(long mount, long entry) {}

    private static final int MAXIMUM_DEPTH = 256;
    private static final int NAME_LIMIT = 255;
    private static final String DELETED = " (deleted)";

    private final Scan scan;
    private final AddressSpace memory;
    private final Layout layout;
    private final Map<Place, String> directories = new HashMap<>();
    private final Map<Long, String> types = new HashMap<>();

    Paths(Scan scan) {
        this.scan = scan;
        this.memory = scan.memory();
        this.layout = scan.layout(Layout.class, Layout::new);
    }

    /** @param path address of a {@code struct path} */
    String path(long path) {
        return path(memory.u64(path + layout.pathMount), memory.u64(path + layout.pathEntry));
    }

    /**
     * @param vfsMount address of a {@code struct vfsmount}
     * @param entry address of a {@code struct dentry}
     */
    String path(long vfsMount, long entry) {
        long mount = vfsMount - layout.inMount;
        long parent = memory.u64(entry + layout.parent);
        long operations = memory.u64(entry + layout.operations);
        boolean top = entry == parent;
        if (operations != 0
                && memory.u64(operations + layout.madeUpName) != 0
                && !(top && entry == memory.u64(mount + layout.mountRoot))) {
            return madeUp(entry);
        }
        String path = absolute(mount, entry);
        return !top && memory.u64(entry + layout.hashedBy) == 0 ? path + DELETED : path;
    }

    /** Path within its file system. */
    String within(long entry) {
        StringBuilder path = new StringBuilder();
        long at = entry;
        for (int depth = 0; depth < MAXIMUM_DEPTH; depth++) {
            long parent = memory.u64(at + layout.parent);
            if (parent == at) {
                return path.isEmpty() ? "/" : scan.kept(path.toString());
            }
            prepend(path, at);
            at = parent;
        }
        scan.gaps().add(Reason.TOO_MANY, "dentry.d_parent", entry);
        return scan.kept(path.toString());
    }

    /** @param mount address of the {@code struct mount} */
    String mountPoint(long mount) {
        long parent = memory.u64(mount + layout.mountParent);
        return parent == mount ? "/" : absolute(parent, memory.u64(mount + layout.mountPoint));
    }

    private String absolute(long firstMount, long firstEntry) {
        StringBuilder path = new StringBuilder();
        long mount = firstMount;
        long entry = firstEntry;
        Place directory = null;
        int known = 0;
        for (int depth = 0; depth < MAXIMUM_DEPTH; depth++) {
            long parent = memory.u64(entry + layout.parent);
            if (entry == memory.u64(mount + layout.mountRoot)) {
                long above = memory.u64(mount + layout.mountParent);
                if (above == mount) {
                    return finished(path, directory, known);
                }
                entry = memory.u64(mount + layout.mountPoint);
                mount = above;
                continue;
            }
            if (parent == entry) {
                return finished(path, directory, known);
            }
            prepend(path, entry);
            entry = parent;
            Place place = new Place(mount, entry);
            String prefix = directories.get(place);
            if (prefix != null) {
                path.insert(0, prefix);
                return finished(path, directory, known);
            }
            if (directory == null) {
                directory = place;
                known = path.length();
            }
        }
        scan.gaps().add(Reason.TOO_MANY, "dentry.d_parent", firstEntry);
        return finished(path, directory, known);
    }

    /** @param known length of the last name, which the directory's path is without */
    private String finished(StringBuilder path, Place directory, int known) {
        if (directory != null) {
            directories.put(directory, scan.kept(path.substring(0, path.length() - known)));
        }
        return path.isEmpty() ? "/" : scan.kept(path.toString());
    }

    private void prepend(StringBuilder path, long entry) {
        path.insert(0, name(entry)).insert(0, '/');
    }

    private String name(long entry) {
        int length = memory.u32(entry + layout.nameLength);
        if (length < 0 || length > NAME_LIMIT) {
            scan.gaps().add(Reason.MALFORMED, "dentry.d_name", entry);
            return "?";
        }
        return scan.text(memory.u64(entry + layout.name), length);
    }

    private String madeUp(long entry) {
        long inode = memory.u64(entry + layout.inode);
        String type = type(memory.u64(entry + layout.superBlock));
        return switch (type) {
            case "pipefs" -> "pipe:[" + number(inode) + "]";
            case "sockfs" -> "socket:[" + number(inode) + "]";
            case "anon_inodefs" -> "anon_inode:" + name(entry);
            case "pidfs" -> "anon_inode:[pidfd]";
            case "nsfs" -> namespace(inode) + ":[" + number(inode) + "]";
            case "dmabuf" -> "/dmabuf:" + name(entry);
            default -> "/" + name(entry) + DELETED;
        };
    }

    private String number(long inode) {
        return Long.toUnsignedString(memory.u64(inode + layout.inodeNumber));
    }

    private String namespace(long inode) {
        long operations = memory.u64(memory.u64(inode + layout.inodePrivate) + layout.namespaceOperations);
        return scan.string(memory.u64(operations + layout.namespaceName), NAME_LIMIT);
    }

    /** Name of the type of a file system. */
    String type(long superBlock) {
        String known = types.get(superBlock);
        if (known == null) {
            long type = memory.u64(superBlock + layout.type);
            known = scan.string(memory.u64(type + layout.typeName), NAME_LIMIT);
            types.put(superBlock, known);
        }
        return known;
    }
}
