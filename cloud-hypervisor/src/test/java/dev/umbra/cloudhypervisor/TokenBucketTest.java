// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private Instant now = Instant.EPOCH;

    @Test
    void attemptsAreEarnedOneByOne() {
        TokenBucket bucket = new TokenBucket(() -> now, 2, Duration.ofSeconds(10));
        assertThat(bucket.tryTake()).isTrue();
        assertThat(bucket.tryTake()).isTrue();
        assertThat(bucket.tryTake()).isFalse();
        now = now.plusSeconds(10);
        assertThat(bucket.tryTake()).isTrue();
        assertThat(bucket.tryTake()).isFalse();
    }

    @Property(tries = 100)
    void neverAllowsMoreThanItEarned(@ForAll @IntRange(min = 1, max = 9) int capacity, @ForAll int[] steps) {
        now = Instant.EPOCH;
        TokenBucket bucket = new TokenBucket(() -> now, capacity, Duration.ofSeconds(1));
        long taken = 0;
        for (int step : steps) {
            now = now.plusMillis(step & 0xfff);
            if (bucket.tryTake()) {
                taken++;
            }
            assertThat(taken).isLessThanOrEqualTo(capacity + now.getEpochSecond());
        }
    }
}
