// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/**
 * A file that a process has open.
 *
 * @param address of the {@code struct file}, which several descriptors may share
 * @param pid number of the process
 * @param descriptor its number there
 * @param path as {@code /proc/PID/fd} shows it: from the root of the mount namespace, or such as {@code pipe:[8210]}
 * @param flags those of {@code open(2)}, as {@code /proc/PID/fdinfo} shows them
 * @param mode type and permissions of the inode
 * @param position offset of the next read or write
 * @param inode number of the inode
 * @param device that of the file system
 * @param special that of the inode, if it is a device file; otherwise 0:0
 */
public record OpenFile(
        long address,
        int pid,
        int descriptor,
        FileKind kind,
        String path,
        int flags,
        int mode,
        long position,
        long inode,
        Device device,
        Device special) {}
