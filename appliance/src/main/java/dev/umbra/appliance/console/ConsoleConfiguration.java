// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.appliance.ApplianceProperties;
import dev.umbra.appliance.account.Authenticator;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.vm.VmAccessPolicy;
import dev.umbra.appliance.vm.VmRecords;
import java.time.InstantSource;
import java.util.Optional;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({ConsoleProperties.class, SshProperties.class})
class ConsoleConfiguration {
    @Bean
    @Fallback
    Consoles noConsoles() {
        return vm -> Optional.empty();
    }

    @Bean
    ConsoleTickets consoleTickets(ConsoleProperties limits, InstantSource clock) {
        return new ConsoleTickets(limits, clock);
    }

    @Bean
    ConsoleDoor consoleDoor(
            VmRecords records,
            VmAccessPolicy policy,
            Authenticator authenticator,
            Consoles consoles,
            AuditTrail audit) {
        return new ConsoleDoor(records, policy, authenticator, consoles, audit);
    }

    @Bean
    SshService sshService(SshProperties properties, ApplianceProperties appliance, ConsoleDoor door) {
        return new SshService(properties, appliance.stateDirectory().resolve("ssh_host_key"), door);
    }
}
