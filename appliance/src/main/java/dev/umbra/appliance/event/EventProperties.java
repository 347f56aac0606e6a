// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import dev.umbra.introspection.Severity;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Where events go. Webhook and syslog are off unless they are configured.
 *
 * @param minimumSeverity what is less severe is not told
 * @param queue events that may wait for each of the sinks
 */
@Validated
@ConfigurationProperties("umbra.events")
public record EventProperties(
        @DefaultValue("notice") @NotNull Severity minimumSeverity,
        @DefaultValue("1024") @Min(1) @Max(1_000_000) int queue,
        @DefaultValue @Valid File file,
        @Valid Webhook webhook,
        @Valid Syslog syslog) {
    /**
     * Lines of a file, {@code events/eve.json} in the state directory.
     *
     * @param maximumSize of one file
     * @param files in all
     */
    public record File(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("16MB") DataSize maximumSize,
            @DefaultValue("5") @Min(1) @Max(1000) int files) {
        private static final DataSize SMALLEST = DataSize.ofKilobytes(64);

        public File {
            if (maximumSize.compareTo(SMALLEST) < 0) {
                throw new IllegalArgumentException("umbra.events.file.maximum-size must be 64 KB at least");
            }
        }
    }

    /**
     * Signed POST requests.
     *
     * @param url of the receiver: https, or http on this machine
     * @param secret shared with it
     * @param timeout of a request
     * @param authority PEM file with the authority of its certificate; none: those of the Java platform
     */
    public record Webhook(
            @NotNull URI url,
            @NotNull @Size(min = 32) String secret,

            @DefaultValue("10s") @DurationMin(millis = 100) @DurationMax(minutes = 1)
            Duration timeout,

            Path authority) {
        private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");

        public Webhook {
            boolean plain = url != null && "http".equals(url.getScheme()) && THIS_MACHINE.contains(url.getHost());
            if (url != null && !"https".equals(url.getScheme()) && !plain) {
                throw new IllegalArgumentException("umbra.events.webhook.url must be https");
            }
        }

        @Override
        public String toString() {
            return "Webhook[" + url + "]";
        }
    }

    /**
     * Messages of RFC 5424.
     *
     * @param port 6514 for TLS, 514 for UDP, unless given
     * @param facility number of table 1 in the RFC
     * @param timeout of connecting
     * @param authority PEM file with the authority of the receiver's certificate; none: those of the Java platform
     */
    public record Syslog(
            @NotBlank String host,
            @Min(1) @Max(65535) Integer port,
            @DefaultValue("tls") @NotNull Transport transport,
            @DefaultValue("13") @Min(0) @Max(23) int facility,

            @DefaultValue("10s") @DurationMin(millis = 100) @DurationMax(minutes = 1)
            Duration timeout,

            Path authority) {
        /** How messages travel. */
        public enum Transport {
            /** RFC 5425. */
            TLS(6514),
            /** RFC 5426: nobody is asked for a proof, and nothing is hidden. */
            UDP(514);

            private final int port;

            Transport(int port) {
                this.port = port;
            }
        }

        int portToUse() {
            return port == null ? transport.port : port;
        }
    }
}
