// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.telemetry;

import jakarta.validation.constraints.Pattern;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.validation.annotation.Validated;

/**
 * Metrics.
 *
 * @param scrapeTokenSha256 SHA-256, in hexadecimal, of the bearer token a collector presents; none: accounts only
 */
@Validated
@ConfigurationProperties("umbra.metrics")
public record MetricsProperties(
        @Pattern(regexp = "[0-9a-f]{64}") String scrapeTokenSha256) {
    @Override
    public String toString() {
        return "MetricsProperties[]";
    }
}
