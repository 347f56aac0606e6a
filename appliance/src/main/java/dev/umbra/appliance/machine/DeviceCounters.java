// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.machine;

import dev.umbra.cloudhypervisor.TenantVmKey;
import java.util.Map;

/** What the devices of the tenant VMs count, for whoever shows it without knowing devices. */
public interface DeviceCounters {
    /** A record of long counters by the name of each device; empty when the VM is gone. Exact only on the loop thread. */
    Map<String, Record> counters(TenantVmKey vm);
}
