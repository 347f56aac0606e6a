// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.cloudhypervisor.CloudVmKey;
import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.introspection.FindingScope;

/** Whose kernel is looked into. */
public sealed interface Target {
    /** Whom its findings are about. */
    FindingScope scope();

    /** A tenant VM. */
    record Tenant(TenantVmKey vm) implements Target {
        @Override
        public FindingScope scope() {
            return FindingScope.tenant(vm);
        }

        @Override
        public String toString() {
            return vm.toString();
        }
    }

    /** The virtualized system itself, in its cloud VM. */
    record Cloud(CloudVmKey vm) implements Target {
        @Override
        public FindingScope scope() {
            return FindingScope.cloud(vm.hostInstance(), vm.cloudVm());
        }

        @Override
        public String toString() {
            return vm.toString();
        }
    }
}
