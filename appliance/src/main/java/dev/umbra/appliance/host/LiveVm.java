// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.host;

import dev.umbra.cloudhypervisor.TenantVm;
import dev.umbra.cloudhypervisor.TenantVmCounters;
import java.time.Instant;
import java.util.Optional;

/**
 * A tenant VM that runs, as last heard of.
 *
 * @param host name of its host
 * @param attached whether the host is attached now; otherwise the rest is what was last known
 * @param lastActivity when it was last seen to run or to use a device
 * @param counters of the host's module, empty until they were read
 */
public record LiveVm(
        String host, boolean attached, TenantVm vm, Instant lastActivity, Optional<TenantVmCounters> counters) {}
