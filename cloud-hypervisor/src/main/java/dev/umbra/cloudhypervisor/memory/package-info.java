// SPDX-License-Identifier: Apache-2.0

/**
 * The memory of tenant VMs, read in place: a mapped file, the extents of a cloud VM in it, the nested page table that
 * places a tenant VM in the cloud VM. No copy and no system call per page.
 */
package dev.umbra.cloudhypervisor.memory;
