// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

/**
 * A run of a cloud VM's memory and where it lies in the mapped file. Nothing is checked here; see {@link
 * MemoryExtents#of}.
 *
 * @param cloudPhysical address in the cloud VM
 * @param length in bytes
 * @param offset in the file, in bytes
 */
public record MemoryExtent(long cloudPhysical, long length, long offset) {}
