// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Looking into VMs.
 *
 * @param enabled whether VMs are looked into at all
 * @param cloudVms whether the virtualized systems themselves are looked into, too
 * @param interval time between two scans of a VM on schedule; 0: only on request
 * @param mode whether VMs run while they are scanned on schedule
 * @param threads VMs scanned at once
 * @param processorShare percent of one processor that each of these takes at most, except while it holds a VM
 * @param maximumPause time a VM is held for a scan at most; 0: never
 * @param moments moments kept of a VM
 * @param momentSize of the facts of a moment; what is beyond is left out, and a gap says so
 * @param historySize of the facts of all moments of a VM; the oldest moments make way
 * @param scans ended scans that are remembered of a VM
 */
@Validated
@ConfigurationProperties("umbra.introspection")
public record IntrospectionProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("true") boolean cloudVms,
        @DefaultValue("5m") @DurationMax(days = 30) Duration interval,
        @DefaultValue("live") @NotNull ScanMode mode,
        @DefaultValue("1") @Min(1) @Max(64) int threads,
        @DefaultValue("25") @Min(1) @Max(100) int processorShare,

        @DefaultValue("20ms") @DurationMin(millis = 0) @DurationMax(seconds = 5)
        Duration maximumPause,

        @DefaultValue("24") @Min(1) @Max(1000) int moments,
        @DefaultValue("8MB") @NotNull DataSize momentSize,
        @DefaultValue("16MB") @NotNull DataSize historySize,
        @DefaultValue("50") @Min(1) @Max(1000) int scans) {
    private static final DataSize SMALLEST_MOMENT = DataSize.ofKilobytes(64);
    private static final Duration SHORTEST_INTERVAL = Duration.ofSeconds(1);

    public IntrospectionProperties {
        if (!interval.isZero() && interval.compareTo(SHORTEST_INTERVAL) < 0) {
            throw new IllegalArgumentException("umbra.introspection.interval must be 0 or a second at least");
        }
        if (momentSize.compareTo(SMALLEST_MOMENT) < 0 || historySize.compareTo(momentSize) < 0) {
            throw new IllegalArgumentException(
                    "umbra.introspection.moment-size must be 64 KB at least and at most history-size");
        }
        if (!maximumPause.isZero() && maximumPause.toMillis() == 0) {
            throw new IllegalArgumentException("umbra.introspection.maximum-pause must be 0 or a millisecond at least");
        }
        if (mode == ScanMode.PAUSED && maximumPause.isZero()) {
            throw new IllegalArgumentException("umbra.introspection: paused scans need a maximum-pause");
        }
    }
}
