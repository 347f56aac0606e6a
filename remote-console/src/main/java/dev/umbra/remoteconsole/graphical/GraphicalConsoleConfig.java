// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

import java.time.Duration;
import java.util.Objects;

/**
 * Limits of one graphical console.
 *
 * @param maximumSessions sessions attached at once, at most
 * @param fastestRefresh time between two looks at the screen while it changes
 * @param slowestRefresh time between two looks at a screen that has not changed for a while
 */
public record GraphicalConsoleConfig(int maximumSessions, Duration fastestRefresh, Duration slowestRefresh) {
    public GraphicalConsoleConfig {
        Objects.requireNonNull(fastestRefresh, "fastestRefresh");
        Objects.requireNonNull(slowestRefresh, "slowestRefresh");
        if (maximumSessions < 1) {
            throw new IllegalArgumentException("maximumSessions must be positive");
        }
        if (!fastestRefresh.isPositive() || slowestRefresh.compareTo(fastestRefresh) < 0) {
            throw new IllegalArgumentException("refresh times must be positive and in order");
        }
    }

    /** 64 sessions; a look each 10 ms while the screen changes, each 40 ms while it does not. */
    public static GraphicalConsoleConfig defaults() {
        return new GraphicalConsoleConfig(64, Duration.ofMillis(10), Duration.ofMillis(40));
    }
}
