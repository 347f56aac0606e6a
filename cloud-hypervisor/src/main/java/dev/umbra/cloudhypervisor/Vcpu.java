// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

/**
 * A virtual processor of a tenant VM.
 *
 * @param index from 0 within its VM
 * @param apicId the identity the tenant sees
 * @param controlBlock cloud-physical address of its VMCB or VMCS
 * @param nestedRoot cloud-physical address of the nested page table it last ran on
 */
public record Vcpu(int index, int apicId, long controlBlock, long nestedRoot) {}
