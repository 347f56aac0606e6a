// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance;

import dev.umbra.appliance.account.HashPasswordCommand;
import java.io.IOException;
import java.time.InstantSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * The appliance process.
 *
 * <p>It may be killed at any instruction and started again: what tenants must not lose lives in the journals of the hosts and in a
 * database that writes every commit through; everything else here is a cache of what the hosts announce on attach.
 */
@SpringBootApplication
@EnableScheduling
@EnableConfigurationProperties(ApplianceProperties.class)
public class UmbraAppliance {
    public static void main(String[] arguments) throws IOException {
        if (arguments.length > 0 && arguments[0].equals(HashPasswordCommand.NAME)) {
            System.exit(HashPasswordCommand.run(System.in, System.out, System.err));
        }
        SpringApplication.run(UmbraAppliance.class, arguments);
    }

    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }
}
