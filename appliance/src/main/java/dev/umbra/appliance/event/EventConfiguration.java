// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import dev.umbra.appliance.ApplianceProperties;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(EventProperties.class)
class EventConfiguration {
    private static final int LONGEST_HOST_NAME = 255;

    @Bean
    SecurityEvents securityEvents(ApplianceProperties appliance, EventProperties events, InstantSource clock)
            throws NoSuchAlgorithmException {
        List<EventQueue> queues = new ArrayList<>();
        if (events.file().enabled()) {
            EventSink file = new EventFile(
                    appliance.stateDirectory().resolve("events").resolve("eve.json"),
                    events.file().maximumSize().toBytes(),
                    events.file().files());
            queues.add(queue("file", file, events));
        }
        if (events.webhook() != null) {
            EventProperties.Webhook to = events.webhook();
            queues.add(queue(
                    "webhook", new Webhook(to.url(), to.secret(), to.timeout(), trust(to.authority()), clock), events));
        }
        if (events.syslog() != null) {
            queues.add(queue("syslog", syslog(events.syslog()), events));
        }
        return new SecurityEvents(queues, events.minimumSeverity());
    }

    private static EventQueue queue(String name, EventSink sink, EventProperties events) {
        return new EventQueue(name, sink, events.queue(), EventQueue.Retries.USUAL);
    }

    private static EventSink syslog(EventProperties.Syslog to) throws NoSuchAlgorithmException {
        return switch (to.transport()) {
            case UDP -> new SyslogUdp(to.host(), to.portToUse(), to.facility(), hostName());
            case TLS -> {
                Optional<SSLContext> trusted = trust(to.authority());
                yield new SyslogTls(
                        to.host(),
                        to.portToUse(),
                        to.facility(),
                        hostName(),
                        to.timeout(),
                        trusted.isPresent() ? trusted.get() : SSLContext.getDefault());
            }
        };
    }

    /** As syslog wants it: printable ASCII without spaces, or a hyphen. */
    private static String hostName() {
        try {
            String name = InetAddress.getLocalHost().getHostName();
            return name.matches("[!-~]{1," + LONGEST_HOST_NAME + "}") ? name : "-";
        } catch (UnknownHostException unnamed) {
            return "-";
        }
    }

    static Optional<SSLContext> trust(Path authority) {
        if (authority == null) {
            return Optional.empty();
        }
        try (InputStream pem = Files.newInputStream(authority)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                store.setCertificateEntry("authority-" + number++, each);
            }
            TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trusted.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trusted.getTrustManagers(), null);
            return Optional.of(context);
        } catch (IOException unreadable) {
            throw new UncheckedIOException("the authority " + authority + " cannot be read", unreadable);
        } catch (GeneralSecurityException refused) {
            throw new IllegalStateException("the authority " + authority + " cannot be used", refused);
        }
    }
}
