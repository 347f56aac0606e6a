// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import java.util.List;

/**
 * Whose rights a task has; the objective ones ({@code task_struct.real_cred}), which {@code /proc} shows. Numbers are those of
 * the initial user namespace.
 *
 * @param address of the {@code struct cred}
 * @param groups supplementary groups
 * @param inheritable and the other sets of capabilities: a bit each, by the numbers of {@code linux/capability.h}
 * @param userNamespace inode number
 */
public record Credentials(
        long address,
        int uid,
        int effectiveUid,
        int savedUid,
        int fileSystemUid,
        int gid,
        int effectiveGid,
        int savedGid,
        int fileSystemGid,
        List<Integer> groups,
        long inheritable,
        long permitted,
        long effective,
        long bounding,
        long ambient,
        int secureBits,
        long userNamespace) {
    static final Credentials NONE = new Credentials(0, -1, -1, -1, -1, -1, -1, -1, -1, List.of(), 0, 0, 0, 0, 0, 0, 0);

    public Credentials {
        groups = List.copyOf(groups);
    }

    /** Whether they were read; otherwise all numbers are -1. */
    public boolean known() {
        return address != 0;
    }
}
