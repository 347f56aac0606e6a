// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.recording;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Recordings of screens.
 *
 * @param maximumDuration a recording ends by itself after this time
 * @param maximumSize a recording ends by itself at this size
 * @param perVm recordings kept of one VM; the oldest are removed
 * @param sizePerVm their size together, likewise
 * @param atOnce screens recorded at once, at most
 * @param pruneInterval time between two searches for recordings whose VM record is gone
 */
@Validated
@ConfigurationProperties("umbra.recording")
public record RecordingProperties(
        @DefaultValue("1h") @DurationMin(seconds = 1) @DurationMax(days = 1)
        Duration maximumDuration,

        @DefaultValue("64MB") DataSize maximumSize,
        @DefaultValue("20") @Min(1) @Max(10_000) int perVm,
        @DefaultValue("512MB") DataSize sizePerVm,
        @DefaultValue("16") @Min(0) @Max(1000) int atOnce,
        @DefaultValue("1h") @DurationMin(minutes = 1) Duration pruneInterval) {
    private static final DataSize SMALLEST = DataSize.ofMegabytes(1);

    public RecordingProperties {
        if (maximumSize.compareTo(SMALLEST) < 0 || sizePerVm.compareTo(maximumSize) < 0) {
            throw new IllegalArgumentException("maximum-size must be 1 MB at least and at most size-per-vm");
        }
    }
}
