// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.util.Objects;
import java.util.UUID;

/**
 * Names one tenant VM for as long as its host instance lives; never used twice.
 *
 * @param hostInstance UUID of one load of the module in L0
 * @param tenantVm identity within that instance, never 0
 */
public record TenantVmKey(UUID hostInstance, long tenantVm) {
    public TenantVmKey {
        Objects.requireNonNull(hostInstance, "hostInstance");
        if (tenantVm == 0) {
            throw new IllegalArgumentException("a tenant VM is never 0");
        }
    }

    @Override
    public String toString() {
        return hostInstance + "/" + Long.toUnsignedString(tenantVm);
    }
}
