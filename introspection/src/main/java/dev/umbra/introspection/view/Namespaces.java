// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/** Namespaces of a task, by the inode numbers that {@code /proc/PID/ns} shows; 0 where it has none, as when it has ended. */
public record Namespaces(
        long mount,
        long uts,
        long ipc,
        long network,
        long pid,
        long pidForChildren,
        long user,
        long cgroup,
        long time) {
    static final Namespaces NONE = new Namespaces(0, 0, 0, 0, 0, 0, 0, 0, 0);

    Namespaces with(long pidNamespace, long userNamespace) {
        return new Namespaces(mount, uts, ipc, network, pidNamespace, pidForChildren, userNamespace, cgroup, time);
    }
}
