// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.structures.RedBlackTree;
import dev.umbra.introspection.memory.AddressSpace;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Walks the mounts of a mount namespace ({@code fs/mount.h}), which keeps them in a list, or, in newer kernels, in a tree.
 */
final class MountReader {
    private static final class Layout {
        final int namespaceProxy;
        final int proxyMount;
        final int namespaceList;
        final int namespaceTree;
        final int namespaceNumber;
        final int list;
        final int node;
        final int id;
        final int parent;
        final int mount;
        final int root;
        final int superBlock;
        final int flags;
        final int source;
        final int shared;
        final int group;
        final int master;
        final int device;
        final int superFlags;
        final int subtype;

        Layout(KernelProfile profile) {
            namespaceProxy = profile.offset("task_struct", "nsproxy");
            proxyMount = profile.offset("nsproxy", "mnt_ns");
            StructFields namespace = new StructFields(profile, "mnt_namespace");
            namespaceList = namespace.optional("list");
            namespaceTree = namespaceList == StructFields.ABSENT ? namespace.at("mounts") : StructFields.ABSENT;
            namespaceNumber = namespace.at("ns.inum");
            StructFields mounts = new StructFields(profile, "mount");
            list = mounts.optional("mnt_list");
            node = namespaceList == StructFields.ABSENT ? mounts.at("mnt_node") : StructFields.ABSENT;
            id = mounts.at("mnt_id");
            parent = mounts.at("mnt_parent");
            mount = mounts.at("mnt");
            root = mounts.at("mnt.mnt_root");
            superBlock = mounts.at("mnt.mnt_sb");
            flags = mounts.at("mnt.mnt_flags");
            source = mounts.at("mnt_devname");
            shared = mounts.optional("mnt_share");
            group = mounts.at("mnt_group_id");
            master = mounts.at("mnt_master");
            StructFields superBlocks = new StructFields(profile, "super_block");
            device = superBlocks.at("s_dev");
            superFlags = superBlocks.at("s_flags");
            subtype = superBlocks.optional("s_subtype");
        }
    }

    private record Option(long bit, String name) {}

    private static final int READ_ONLY = 0x40;
    private static final int SHARED = 0x1000;
    private static final Option[] OPTIONS = {
        new Option(0x01, "nosuid"),
        new Option(0x02, "nodev"),
        new Option(0x04, "noexec"),
        new Option(0x08, "noatime"),
        new Option(0x10, "nodiratime"),
        new Option(0x20, "relatime"),
        new Option(0x80, "nosymfollow"),
    };
    private static final int SUPER_READ_ONLY = 1;
    private static final Option[] SUPER_OPTIONS = {
        new Option(1 << 4, "sync"),
        new Option(1 << 7, "dirsync"),
        new Option(1 << 6, "mand"),
        new Option(1 << 25, "lazytime"),
    };
    private static final int NAME_LIMIT = 4096;

    private final Scan scan;
    private final AddressSpace memory;
    private final Layout layout;
    private final Paths paths;

    MountReader(Scan scan) {
        this.scan = scan;
        this.memory = scan.memory();
        this.layout = scan.layout(Layout.class, Layout::new);
        this.paths = new Paths(scan);
    }

    /** Visits the mounts of all namespaces that a process is in. */
    void forEach(TaskReader tasks, Consumer<Mount> visitor) {
        Set<Long> namespaces = new LinkedHashSet<>();
        tasks.forEachLeader(leader -> {
            long proxy = memory.u64(leader + layout.namespaceProxy);
            if (proxy != 0) {
                namespaces.add(memory.u64(proxy + layout.proxyMount));
            }
        });
        namespaces.forEach(namespace -> forEach(namespace, mount -> visitor.accept(read(namespace, mount))));
    }

    /**
     * @param namespace address of the {@code struct mnt_namespace}
     * @param visitor takes the address of each {@code struct mount}
     */
    private void forEach(long namespace, LongConsumer visitor) {
        if (layout.namespaceTree == StructFields.ABSENT) {
            scan.lists()
                    .ring(
                            "mnt_namespace.list",
                            namespace + layout.namespaceList,
                            Scan.MAXIMUM_ENTRIES,
                            node -> visitor.accept(node - layout.list));
        } else {
            new RedBlackTree(memory, scan.gaps(), scan.budget())
                    .forEach(
                            "mnt_namespace.mounts",
                            namespace + layout.namespaceTree,
                            Scan.MAXIMUM_ENTRIES,
                            node -> visitor.accept(node - layout.node));
        }
    }

    private Mount read(long namespace, long mount) {
        long superBlock = memory.u64(mount + layout.superBlock);
        int flags = memory.u32(mount + layout.flags);
        long superFlags = memory.u64(superBlock + layout.superFlags);
        long master = memory.u64(mount + layout.master);
        return new Mount(
                mount,
                Integer.toUnsignedLong(memory.u32(namespace + layout.namespaceNumber)),
                memory.u32(mount + layout.id),
                memory.u32(memory.u64(mount + layout.parent) + layout.id),
                Device.of(memory.u32(superBlock + layout.device)),
                scan.part("mount.mnt_root", memory.u64(mount + layout.root), "", paths::within),
                scan.part("mount.mnt_mountpoint", mount, "", paths::mountPoint),
                options((flags & READ_ONLY) != 0, flags, OPTIONS),
                scan.part("super_block.s_type", superBlock, "", this::type),
                scan.part(
                        "mount.mnt_devname",
                        memory.u64(mount + layout.source),
                        "none",
                        name -> scan.string(name, NAME_LIMIT)),
                options((superFlags & SUPER_READ_ONLY) != 0, superFlags, SUPER_OPTIONS),
                (flags & SHARED) != 0 ? memory.u32(mount + layout.group) : 0,
                scan.part("mount.mnt_master", master, 0, at -> memory.u32(at + layout.group)));
    }

    private String type(long superBlock) {
        String type = paths.type(superBlock);
        long subtype = layout.subtype == StructFields.ABSENT ? 0 : memory.u64(superBlock + layout.subtype);
        return subtype == 0 ? type : type + "." + scan.string(subtype, NAME_LIMIT);
    }

    private static String options(boolean readOnly, long flags, Option[] names) {
        StringBuilder options = new StringBuilder(readOnly ? "ro" : "rw");
        for (Option option : names) {
            if ((flags & option.bit()) != 0) {
                options.append(',').append(option.name());
            }
        }
        return options.toString();
    }
}
