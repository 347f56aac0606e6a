// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.audit;

import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.SchedulingConfigurer;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(AuditProperties.class)
class AuditConfiguration {
    private static final Logger log = LoggerFactory.getLogger(AuditConfiguration.class);

    @Bean
    AuditTrail auditTrail(JdbcClient database, InstantSource clock) {
        return new AuditTrail(database, clock);
    }

    @Bean
    AuditQueue auditQueue(AuditTrail trail) {
        return new AuditQueue(trail);
    }

    @Bean
    SchedulingConfigurer auditPruning(AuditTrail trail, AuditProperties limits) {
        return tasks -> tasks.addFixedDelayTask(
                () -> {
                    long removed = trail.prune(limits.retention(), limits.maximumEntries());
                    if (removed > 0) {
                        log.info("Pruned {} audit entries", removed);
                    }
                },
                limits.pruneInterval());
    }
}
