// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.event.SecurityEvents;
import dev.umbra.appliance.host.Hosts;
import dev.umbra.appliance.vm.VmNotices;
import dev.umbra.appliance.vm.VmRecords;
import dev.umbra.introspection.Findings;
import dev.umbra.introspection.detect.Detector;
import dev.umbra.introspection.detect.Detectors;
import dev.umbra.introspection.kernel.ProfileCache;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;
import org.springframework.scheduling.annotation.SchedulingConfigurer;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(IntrospectionProperties.class)
class IntrospectionConfiguration {
    private static final Duration REFRESH_INTERVAL = Duration.ofSeconds(5);
    private static final int KERNELS = 4;

    @Bean
    IntrospectionCounters introspectionCounters() {
        return new IntrospectionCounters();
    }

    @Bean
    @Fallback
    InspectorFactory inspectorFactory(Hosts hosts, IntrospectionProperties limits, IntrospectionCounters counters) {
        ProfileCache profiles = new ProfileCache(KERNELS);
        return target -> switch (target) {
            case Target.Tenant tenant ->
                inspector(new HostInspectedVm(hosts, tenant.vm()), Detectors.standard(), profiles, limits, counters);
            case Target.Cloud cloud ->
                inspector(
                        new HostInspectedCloudVm(hosts, cloud.vm()),
                        Detectors.forCloudVm(new HostKnownVms(hosts, cloud.vm())),
                        profiles,
                        limits,
                        counters);
        };
    }

    private static Inspector inspector(
            InspectedVm vm,
            List<Detector> detectors,
            ProfileCache profiles,
            IntrospectionProperties limits,
            IntrospectionCounters counters) {
        return new KernelInspector(
                vm,
                detectors,
                profiles,
                limits.maximumPause(),
                limits.momentSize().toBytes(),
                counters);
    }

    @Bean
    FindingsReporter findingsReporter(
            Findings findings,
            VmRecords records,
            VmNotices notices,
            AuditTrail audit,
            SecurityEvents events,
            InstantSource clock) {
        return new FindingsReporter(findings, records, notices, audit, events, clock);
    }

    @Bean
    IntrospectionService introspectionService(
            IntrospectionProperties limits,
            InspectorFactory inspectors,
            FindingsReporter reporter,
            VmRecords records,
            Hosts hosts,
            IntrospectionCounters counters,
            InstantSource clock) {
        return new IntrospectionService(limits, inspectors, reporter, records, hosts, counters, clock);
    }

    @Bean
    SchedulingConfigurer introspectionRefresh(IntrospectionService introspection) {
        return tasks -> tasks.addFixedDelayTask(introspection::refresh, REFRESH_INTERVAL);
    }
}
