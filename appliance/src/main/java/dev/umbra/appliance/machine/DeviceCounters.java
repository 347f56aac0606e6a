// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.machine;

import dev.umbra.cloudhypervisor.TenantVmKey;
import java.util.Optional;

/** What the devices of the tenant VMs count, for whoever shows it without knowing devices. */
public interface DeviceCounters {
    /** A record of long counters, or empty when the VM is gone; exact only on the loop thread. */
    Optional<? extends Record> uartCounters(TenantVmKey vm);
}
