// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.certificate;

import dev.umbra.appliance.ApplianceProperties;
import java.time.InstantSource;
import org.springframework.boot.autoconfigure.ssl.SslBundleRegistrar;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.SchedulingConfigurer;

/** Gives the web server its certificate, and the next one in time, without a restart. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(CertificateProperties.class)
class CertificateConfiguration {
    @Bean
    CertificateStore certificateStore(
            ApplianceProperties appliance, CertificateProperties configuration, InstantSource clock) {
        return new CertificateStore(appliance.stateDirectory().resolve("certificates"), configuration, clock);
    }

    @Bean
    CertificateRenewal certificateRenewal(CertificateStore store) {
        return new CertificateRenewal(store);
    }

    @Bean
    SslBundleRegistrar serverBundle(CertificateRenewal renewal) {
        return renewal::register;
    }

    @Bean
    SchedulingConfigurer certificateChecks(CertificateRenewal renewal, CertificateProperties configuration) {
        return tasks -> tasks.addFixedDelayTask(renewal, configuration.checkInterval());
    }
}
