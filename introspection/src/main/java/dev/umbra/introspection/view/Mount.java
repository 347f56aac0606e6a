// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/**
 * A mounted file system; a line of {@code /proc/PID/mountinfo}.
 *
 * @param address of the {@code struct mount}
 * @param namespace inode number of the mount namespace
 * @param parentId mount it lies on; its own for the topmost
 * @param root the directory of the file system that is seen
 * @param mountPoint where, from the topmost mount of the namespace
 * @param options of this mount, such as {@code rw,nosuid,relatime}
 * @param type of the file system
 * @param source what was mounted, such as {@code /dev/vda1}
 * @param superOptions of the file system, as far as they are the same for all types
 * @param peerGroup of mounts that follow each other, or 0
 * @param masterGroup of mounts it follows, or 0
 */
public record Mount(
        long address,
        long namespace,
        int id,
        int parentId,
        Device device,
        String root,
        String mountPoint,
        String options,
        String type,
        String source,
        String superOptions,
        int peerGroup,
        int masterGroup) {}
