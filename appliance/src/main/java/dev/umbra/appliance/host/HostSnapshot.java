// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.host;

import dev.umbra.cloudhypervisor.TenantVmCounters;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A host as last heard of.
 *
 * @param instance the load of the host's module last attached to
 * @param since when it became attached or detached
 * @param reason why it is detached
 */
public record HostSnapshot(
        String name,
        boolean attached,
        Optional<UUID> instance,
        Instant since,
        Optional<String> reason,
        int cloudVms,
        int tenantVms,
        Optional<TenantVmCounters> counters) {}
