// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.host;

import dev.umbra.cloudhypervisor.HostCounter;
import dev.umbra.cloudhypervisor.TenantVmCounters;
import dev.umbra.ultracall.link.LinkStatistics;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * A host as last heard of.
 *
 * @param instance the load of the host's module last attached to
 * @param since when it became attached or detached
 * @param reason why it is detached
 * @param counters of the module in L0, empty until they were read
 * @param service totals of this side
 * @param link totals of the connection
 */
public record HostSnapshot(
        String name,
        boolean attached,
        Optional<UUID> instance,
        Instant since,
        Optional<String> reason,
        int cloudVms,
        int tenantVms,
        Optional<TenantVmCounters> counters,
        Map<HostCounter, Long> service,
        LinkStatistics link) {}
