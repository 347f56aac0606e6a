// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.util.List;

/**
 * What the host last reported about a tenant VM. A snapshot: it does not change, a newer one replaces it.
 *
 * @param key its name
 * @param cloudVm the cloud VM in which it runs
 * @param paused whether it is held at its next entry
 * @param disputed whether a root or a vCPU of it was also seen under another VM
 * @param vcpuCount processors seen so far
 * @param resets times it was reset since it appeared
 * @param acknowledged highest sequence the host no longer keeps
 * @param newest highest sequence the host has given out
 * @param nestedRoot cloud-physical address of the nested page table last entered; 0 while another VM may still use that table
 * @param rootChanges times that table changed
 * @param vcpus processors reported so far, by index
 */
public record TenantVm(
        TenantVmKey key,
        int cloudVm,
        boolean paused,
        boolean disputed,
        int vcpuCount,
        int resets,
        long acknowledged,
        long newest,
        long nestedRoot,
        long rootChanges,
        List<Vcpu> vcpus) {
    public TenantVm {
        vcpus = List.copyOf(vcpus);
    }
}
