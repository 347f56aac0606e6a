// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.host;

import dev.umbra.appliance.ApplianceProperties;
import dev.umbra.appliance.audit.AuditQueue;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.event.SecurityEvents;
import dev.umbra.appliance.vm.VmNotices;
import dev.umbra.appliance.vm.VmRecords;
import dev.umbra.cloudhypervisor.IdentityAuthority;
import dev.umbra.cloudhypervisor.TenantDevicesFactory;
import dev.umbra.introspection.Findings;
import java.time.Duration;
import java.time.InstantSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;
import org.springframework.scheduling.annotation.SchedulingConfigurer;

@Configuration(proxyBeanMethods = false)
class HostConfiguration {
    private static final Duration POLL_INTERVAL = Duration.ofSeconds(5);

    @Bean
    HostEvents hostEvents(
            AuditQueue queue,
            AuditTrail audit,
            Findings findings,
            VmRecords records,
            VmNotices notices,
            SecurityEvents events) {
        return new HostEvents(queue, audit, findings, records, notices, events);
    }

    @Bean
    @Fallback
    CloudHostFactory cloudHostFactory(
            ApplianceProperties appliance, ObjectProvider<TenantDevicesFactory> devices, IdentityAuthority identities) {
        return new ConfiguredCloudHostFactory(appliance.stateDirectory(), devices, identities);
    }

    @Bean
    Hosts hosts(ApplianceProperties appliance, CloudHostFactory factory, HostEvents events, InstantSource clock) {
        return new Hosts(appliance.hosts(), factory, events, clock);
    }

    @Bean
    SchedulingConfigurer hostPolling(Hosts hosts) {
        return tasks -> tasks.addFixedDelayTask(hosts::poll, POLL_INTERVAL);
    }
}
