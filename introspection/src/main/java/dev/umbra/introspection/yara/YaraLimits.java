// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.yara;

import java.time.Duration;
import java.util.Objects;

/**
 * What a scan may cost at most.
 *
 * @param bytesPerProcess of a tenant's process that are looked at
 * @param time from its start to its end
 * @param processorTime of it, whole seconds
 * @param addressSpace of the helper process, in bytes
 * @param matches that are reported for one process
 */
public record YaraLimits(long bytesPerProcess, Duration time, Duration processorTime, long addressSpace, int matches) {
    /** For the processes of an ordinary server. */
    public static final YaraLimits DEFAULT =
            new YaraLimits(256L << 20, Duration.ofSeconds(60), Duration.ofSeconds(30), 1L << 30, 1000);

    public YaraLimits {
        Objects.requireNonNull(time, "time");
        Objects.requireNonNull(processorTime, "processorTime");
        if (bytesPerProcess < 4096 || addressSpace < 1 << 20 || matches < 1 || processorTime.toSeconds() < 1) {
            throw new IllegalArgumentException("limits too small to scan anything");
        }
    }
}
