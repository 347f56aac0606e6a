// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.enrolment;

import dev.umbra.appliance.ApplianceProperties;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.vm.VmNotices;
import dev.umbra.appliance.vm.VmRecords;
import java.time.InstantSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(EnrolmentProperties.class)
class EnrolmentConfiguration {
    @Bean
    EnrolmentService enrolmentService(
            JdbcClient database,
            PlatformTransactionManager transactions,
            VmRecords records,
            VmNotices notices,
            AuditTrail audit,
            ApplianceProperties appliance,
            InstantSource clock) {
        return new EnrolmentService(
                database,
                new TransactionTemplate(transactions),
                records,
                notices,
                audit,
                appliance.serviceName(),
                clock);
    }
}
