// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.cloudhypervisor.TenantVm;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The VMs a test says there are.
 *
 * @param running those that are entered whenever somebody asks
 */
record FakeKnownVms(List<TenantVm> all, Set<TenantVm> running) implements KnownVms {
    static final KnownVms NONE = new FakeKnownVms(List.of(), Set.of());

    @Override
    public Set<TenantVm> entered(Collection<TenantVm> vms) {
        Set<TenantVm> entered = new HashSet<>(vms);
        entered.retainAll(running);
        return entered;
    }
}
