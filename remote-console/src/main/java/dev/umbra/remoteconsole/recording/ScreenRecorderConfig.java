// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.recording;

import java.time.Duration;

/**
 * Limits of a recording.
 *
 * @param maximumSize bytes in the file, at most
 * @param maximumDuration time until it ends by itself
 * @param interval time between two pictures, at least
 */
public record ScreenRecorderConfig(long maximumSize, Duration maximumDuration, Duration interval) {
    private static final long SMALLEST = 64 << 10;

    public ScreenRecorderConfig {
        if (maximumSize < SMALLEST) {
            throw new IllegalArgumentException("maximumSize must be 64 KiB at least");
        }
        if (!maximumDuration.isPositive() || !interval.isPositive()) {
            throw new IllegalArgumentException("durations must be positive");
        }
        if (maximumDuration.toMillis() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("maximumDuration must be less than 24 days");
        }
    }

    /** 64 MiB, one hour, ten pictures a second. */
    public static ScreenRecorderConfig defaults() {
        return new ScreenRecorderConfig(64 << 20, Duration.ofHours(1), Duration.ofMillis(100));
    }
}
