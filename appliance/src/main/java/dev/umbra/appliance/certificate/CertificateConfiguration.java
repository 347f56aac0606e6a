// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.certificate;

import dev.umbra.appliance.ApplianceProperties;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.ssl.SslBundleRegistrar;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundleKey;
import org.springframework.boot.ssl.SslBundleRegistry;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.SchedulingConfigurer;

/** Gives the web server its certificate, and the next one in time, without a restart. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(CertificateProperties.class)
class CertificateConfiguration {
    static final String BUNDLE = "umbra";
    private static final Logger log = LoggerFactory.getLogger(CertificateConfiguration.class);

    @Bean
    CertificateStore certificateStore(
            ApplianceProperties appliance, CertificateProperties configuration, InstantSource clock) {
        return new CertificateStore(appliance.stateDirectory().resolve("certificates"), configuration, clock);
    }

    @Bean
    AtomicReference<CertificateStore.ServerIdentity> servedIdentity(CertificateStore store) {
        return new AtomicReference<>(store.serverIdentity());
    }

    @Bean
    SslBundleRegistrar serverBundle(AtomicReference<CertificateStore.ServerIdentity> served) {
        return registry -> registry.registerBundle(BUNDLE, bundle(served.get()));
    }

    @Bean
    SchedulingConfigurer certificateRenewal(
            CertificateStore store,
            AtomicReference<CertificateStore.ServerIdentity> served,
            SslBundleRegistry registry,
            CertificateProperties configuration) {
        return tasks -> tasks.addFixedDelayTask(
                () -> {
                    CertificateStore.ServerIdentity now = store.serverIdentity();
                    if (!now.certificate().equals(served.get().certificate())) {
                        registry.updateBundle(BUNDLE, bundle(now));
                        served.set(now);
                        log.info(
                                "Server certificate renewed, valid until {}",
                                now.certificate().getNotAfter().toInstant());
                    }
                },
                configuration.checkInterval());
    }

    private static SslBundle bundle(CertificateStore.ServerIdentity identity) {
        try {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(null, null);
            char[] password = {};
            keys.setKeyEntry(
                    "server", identity.key(), password, identity.chain().toArray(Certificate[]::new));
            return SslBundle.of(
                    SslStoreBundle.of(keys, "", null),
                    SslBundleKey.of("", "server"),
                    SslOptions.of(null, new String[] {"TLSv1.3", "TLSv1.2"}));
        } catch (GeneralSecurityException | IOException failure) {
            throw new IllegalStateException("the server certificate cannot be served", failure);
        }
    }
}
