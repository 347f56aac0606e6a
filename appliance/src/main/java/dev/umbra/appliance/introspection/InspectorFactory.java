// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.cloudhypervisor.TenantVmKey;

/** Makes what looks into a VM. */
public interface InspectorFactory {
    Inspector inspector(TenantVmKey vm);
}
