// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.telemetry;

import dev.umbra.appliance.host.HostSnapshot;
import dev.umbra.appliance.host.Hosts;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Whether every host is attached. A host that is not leaves its tenants' devices waiting, so the appliance says that it is out of
 * service even though it answers.
 */
final class HostsHealth implements HealthIndicator {
    private final Hosts hosts;

    HostsHealth(Hosts hosts) {
        this.hosts = hosts;
    }

    @Override
    public Health health() {
        Health.Builder health = Health.up();
        for (HostSnapshot host : hosts.all()) {
            if (!host.attached()) {
                health.outOfService();
            }
            health.withDetail(
                    host.name(),
                    host.attached() ? "attached" : "detached: " + host.reason().orElse("unknown"));
        }
        return health.build();
    }
}
