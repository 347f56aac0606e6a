// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.util.Objects;

/**
 * Whose VM it is.
 *
 * @param tenant the owner
 * @param vmName the name by which the owner knows it
 */
public record VmIdentity(String tenant, String vmName) {
    public VmIdentity {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(vmName, "vmName");
    }
}
