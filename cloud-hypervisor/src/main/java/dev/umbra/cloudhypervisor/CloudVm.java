// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

/**
 * A cloud VM: the untrusted virtualized system (L1) as its host sees it.
 *
 * @param id identity within the host instance
 * @param processId process of the hypervisor in L0
 */
public record CloudVm(int id, int processId) {}
