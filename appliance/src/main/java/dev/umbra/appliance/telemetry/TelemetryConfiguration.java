// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.telemetry;

import dev.umbra.appliance.audit.AuditQueue;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.console.ConsoleTickets;
import dev.umbra.appliance.console.SshService;
import dev.umbra.appliance.console.VncService;
import dev.umbra.appliance.event.SecurityEvents;
import dev.umbra.appliance.host.Hosts;
import dev.umbra.appliance.introspection.IntrospectionCounters;
import dev.umbra.appliance.machine.Consoles;
import dev.umbra.appliance.machine.DeviceCounters;
import dev.umbra.appliance.recording.Recordings;
import dev.umbra.introspection.Findings;
import dev.umbra.remoteconsole.rfb.RfbSessionCounters;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.SchedulingConfigurer;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(MetricsProperties.class)
class TelemetryConfiguration {
    private static final Duration REFRESH_INTERVAL = Duration.ofSeconds(5);

    /** The bean's name is the name of the component in the health document. */
    @Bean("hosts-attached")
    HealthIndicator hostsAttached(Hosts hosts) {
        return new HostsHealth(hosts);
    }

    @Bean
    ApplianceMetrics applianceMetrics(
            MeterRegistry registry,
            Hosts hosts,
            Consoles consoles,
            DeviceCounters devices,
            AuditTrail audit,
            AuditQueue queue,
            Findings findings,
            ConsoleTickets tickets,
            SshService ssh,
            VncService vnc,
            RfbSessionCounters screens,
            Recordings recordings) {
        return new ApplianceMetrics(
                registry, hosts, consoles, devices, audit, queue, findings, tickets, ssh, vnc, screens, recordings);
    }

    @Bean
    IntrospectionMetrics introspectionMetrics(
            MeterRegistry registry, IntrospectionCounters scans, SecurityEvents events) {
        return new IntrospectionMetrics(registry, scans, events);
    }

    @Bean
    SchedulingConfigurer metricsRefresh(ApplianceMetrics metrics) {
        return tasks -> tasks.addFixedDelayTask(metrics::refresh, REFRESH_INTERVAL);
    }
}
