// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.time.Duration;
import java.time.InstantSource;

/** Allows a number of attempts at once and earns them back one by one. Belongs to one thread. */
final class TokenBucket {
    private final InstantSource clock;
    private final int capacity;
    private final long nanosecondsPerToken;
    private int tokens;
    private long earnedUntil;

    TokenBucket(InstantSource clock, int capacity, Duration perToken) {
        this.clock = clock;
        this.capacity = capacity;
        this.nanosecondsPerToken = Math.max(1, perToken.toNanos());
        this.tokens = capacity;
        this.earnedUntil = now();
    }

    boolean tryTake() {
        long now = now();
        long earned = Math.max(0, now - earnedUntil) / nanosecondsPerToken;
        if (tokens + earned >= capacity) {
            tokens = capacity;
            earnedUntil = now;
        } else {
            tokens += (int) earned;
            earnedUntil += earned * nanosecondsPerToken;
        }
        if (tokens == 0) {
            return false;
        }
        tokens--;
        return true;
    }

    private long now() {
        java.time.Instant instant = clock.instant();
        return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
    }
}
