// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.access;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Slows guessing down. After so many failures of one subject within a window further attempts are refused unseen until the window is
 * over. Remembers a bounded number of subjects and forgets the one that was quiet for the longest.
 */
public final class LoginThrottle {
    private static final int SUBJECTS_MAXIMUM = 10_000;

    private record Failures(int count, long since) {}

    private final int limit;
    private final long window;
    private final LongSupplier nanoTime;

    @SuppressWarnings("serial")
    private final Map<String, Failures> subjects = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
            return size() > SUBJECTS_MAXIMUM;
        }
    };

    /**
     * @param limit failures within a window after which attempts are refused
     * @param window from the first failure on
     * @param nanoTime a clock that only goes forward
     */
    public LoginThrottle(int limit, Duration window, LongSupplier nanoTime) {
        this.limit = limit;
        this.window = window.toNanos();
        this.nanoTime = nanoTime;
    }

    /** Whether an attempt may be looked at. */
    public synchronized boolean permits(String subject) {
        Failures failures = subjects.get(subject);
        return failures == null || isOver(failures) || failures.count < limit;
    }

    /** An attempt failed. */
    public synchronized void failed(String subject) {
        long now = nanoTime.getAsLong();
        subjects.merge(
                subject,
                new Failures(1, now),
                (before, first) -> isOver(before) ? first : new Failures(before.count + 1, before.since));
    }

    /** An attempt succeeded: its failures are forgotten. */
    public synchronized void succeeded(String subject) {
        subjects.remove(subject);
    }

    private boolean isOver(Failures failures) {
        return nanoTime.getAsLong() - failures.since >= window;
    }
}
