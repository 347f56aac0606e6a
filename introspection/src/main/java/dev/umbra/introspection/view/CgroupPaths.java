// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import java.util.HashMap;
import java.util.Map;

/**
 * Names control groups of the unified hierarchy by their directories ({@code linux/cgroup-defs.h}, {@code linux/kernfs.h}).
 * Each is named once in a scan.
 */
final class CgroupPaths {
    private static final class Layout {
        final int defaultGroup;
        final int node;
        final int parent;
        final int name;

        Layout(KernelProfile profile) {
            defaultGroup = profile.offset("css_set", "dfl_cgrp");
            node = profile.offset("cgroup", "kn");
            StructFields kernfs = new StructFields(profile, "kernfs_node");
            parent = kernfs.first("__parent", "parent");
            name = kernfs.at("name");
        }
    }

    private static final int MAXIMUM_DEPTH = 128;
    private static final int NAME_LIMIT = 256;

    private final Scan scan;
    private final AddressSpace memory;
    private final Layout layout;
    private final Map<Long, String> paths = new HashMap<>();

    CgroupPaths(Scan scan) {
        this.scan = scan;
        this.memory = scan.memory();
        this.layout = scan.layout(Layout.class, Layout::new);
    }

    /** Address of the group of a set of groups that a task belongs to, or 0. */
    long group(long cssSet) {
        return scan.part("css_set", cssSet, 0L, set -> memory.u64(set + layout.defaultGroup));
    }

    /**
     * Path of a task's control group, such as {@code /system.slice/ssh.service}.
     *
     * @param cssSet address of the {@code struct css_set}, or 0
     */
    String path(long cssSet) {
        String known = paths.get(cssSet);
        if (known == null) {
            known = groupPath(group(cssSet));
            paths.put(cssSet, known);
        }
        return known;
    }

    /** @param cgroup address of the {@code struct cgroup}, or 0 */
    String groupPath(long cgroup) {
        return scan.part("cgroup", cgroup, "", group -> nodePath(memory.u64(group + layout.node)));
    }

    private String nodePath(long first) {
        StringBuilder path = new StringBuilder();
        long node = first;
        for (int depth = 0; node != 0; depth++) {
            if (depth == MAXIMUM_DEPTH) {
                scan.gaps().add(Reason.CYCLE, "kernfs_node.parent", first);
                return "";
            }
            long parent = memory.u64(node + layout.parent);
            if (parent != 0) {
                path.insert(0, scan.string(memory.u64(node + layout.name), NAME_LIMIT))
                        .insert(0, '/');
            }
            node = parent;
        }
        return path.isEmpty() ? "/" : path.toString();
    }
}
