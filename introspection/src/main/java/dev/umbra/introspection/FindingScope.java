// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection;

import dev.umbra.cloudhypervisor.TenantVmKey;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * Whom a finding is about: VMs of a host, a cloud VM itself, or the host alone.
 *
 * @param hostInstance host instance that saw it
 * @param cloudVm the cloud VM whose own kernel was looked at, if it was one
 * @param vm tenant VM concerned, if any
 * @param otherVm second VM involved, if any
 */
public record FindingScope(
        UUID hostInstance, OptionalInt cloudVm, Optional<TenantVmKey> vm, Optional<TenantVmKey> otherVm) {
    public FindingScope {
        Objects.requireNonNull(hostInstance, "hostInstance");
        Objects.requireNonNull(cloudVm, "cloudVm");
        Objects.requireNonNull(vm, "vm");
        Objects.requireNonNull(otherVm, "otherVm");
    }

    /** The kernel of a tenant VM. */
    public static FindingScope tenant(TenantVmKey vm) {
        return new FindingScope(vm.hostInstance(), OptionalInt.empty(), Optional.of(vm), Optional.empty());
    }

    /** The kernel of a cloud VM. */
    public static FindingScope cloud(UUID hostInstance, int cloudVm) {
        return new FindingScope(hostInstance, OptionalInt.of(cloudVm), Optional.empty(), Optional.empty());
    }

    /** Whether the tenant VM is one of those concerned. */
    public boolean concerns(TenantVmKey key) {
        return vm.filter(key::equals).isPresent() || otherVm.filter(key::equals).isPresent();
    }
}
