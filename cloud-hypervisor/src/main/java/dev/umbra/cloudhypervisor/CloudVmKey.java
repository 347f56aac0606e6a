// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.util.Objects;
import java.util.UUID;

/**
 * Names one cloud VM for as long as its host instance lives; never used twice.
 *
 * @param hostInstance UUID of one load of the module in L0
 * @param cloudVm identity within that instance, never 0
 */
public record CloudVmKey(UUID hostInstance, int cloudVm) {
    public CloudVmKey {
        Objects.requireNonNull(hostInstance, "hostInstance");
        if (cloudVm == 0) {
            throw new IllegalArgumentException("a cloud VM is never 0");
        }
    }

    /** Whether the tenant VM runs in it. */
    public boolean runs(TenantVm vm) {
        return vm.cloudVm() == cloudVm && vm.key().hostInstance().equals(hostInstance);
    }

    @Override
    public String toString() {
        return hostInstance + "/cloud/" + Integer.toUnsignedString(cloudVm);
    }
}
