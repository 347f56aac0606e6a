// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.cloudhypervisor.TenantVm;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** What L0 knows of the tenant VMs in a cloud VM. Asked at each look. */
public interface KnownVms {
    /** All that ran and are not known to have ended: L0 is not told when the virtualized system ends a VM. */
    List<TenantVm> all();

    /** Those of some VMs that are entered from now on. Waits for it a little; a VM that is idle meanwhile is not among them. */
    Set<TenantVm> entered(Collection<TenantVm> vms);
}
