// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.vm;

import dev.umbra.appliance.account.AccountDirectory;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.enrolment.EnrolmentProperties;
import dev.umbra.appliance.host.Hosts;
import dev.umbra.introspection.Findings;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@Configuration(proxyBeanMethods = false)
class VmConfiguration {
    private static final int MAXIMUM_FINDINGS = 1024;

    @Bean
    VmRecords vmRecords(JdbcClient database, PlatformTransactionManager transactions, InstantSource clock) {
        return new VmRecords(database, new TransactionTemplate(transactions), clock);
    }

    @Bean
    VmNotices vmNotices(JdbcClient database, InstantSource clock) {
        return new VmNotices(database, clock);
    }

    @Bean
    VmAccessPolicy vmAccessPolicy() {
        return new VmAccessPolicy();
    }

    @Bean
    Findings findings(InstantSource clock) {
        return new Findings(MAXIMUM_FINDINGS, clock);
    }

    @Bean
    VmDirectory vmDirectory(
            VmRecords records,
            VmNotices notices,
            VmAccessPolicy policy,
            Hosts hosts,
            Findings findings,
            AccountDirectory accounts,
            AuditTrail audit,
            EnrolmentProperties enrolment,
            BindingListener released,
            InstantSource clock) {
        return new VmDirectory(records, notices, policy, hosts, findings, accounts, audit, enrolment, released, clock);
    }
}
