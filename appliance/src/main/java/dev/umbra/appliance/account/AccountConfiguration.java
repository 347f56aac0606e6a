// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.account;

import dev.umbra.appliance.audit.AuditTrail;
import java.time.InstantSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({AccountsProperties.class, LoginProperties.class})
class AccountConfiguration {
    @Bean
    AccountDirectory accountDirectory(AccountsProperties configuration) {
        return new AccountDirectory(configuration);
    }

    @Bean
    PasswordHashing passwordHashing() {
        return new PasswordHashing();
    }

    @Bean
    Authenticator authenticator(
            AccountDirectory directory,
            PasswordHashing hashing,
            LoginProperties limits,
            AuditTrail audit,
            InstantSource clock) {
        return new Authenticator(directory, hashing, limits, audit, clock);
    }
}
