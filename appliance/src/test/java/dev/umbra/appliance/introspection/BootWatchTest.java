// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.appliance.introspection.InspectedVm.Generation;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BootWatchTest {
    private static final Generation FIRST = new Generation(0, 0x1000);
    private static final Generation SECOND = new Generation(1, 0x1000);

    private long now;
    private final BootWatch watch = new BootWatch(Duration.ofMinutes(10), () -> now);

    @Test
    void test_kernelThatComesUp_bootsUntilItIsUp() {
        assertThat(watch.goesOn(FIRST, false)).isTrue();
        assertThat(watch.goesOn(FIRST, true)).isFalse();
    }

    @Test
    void test_kernelThatWasUp_isNotBelievedToBootAgainWithoutAReset() {
        watch.goesOn(FIRST, true);

        assertThat(watch.goesOn(FIRST, false)).isFalse();
        assertThat(watch.goesOn(SECOND, false)).isTrue();
    }

    @Test
    void test_kernelThatBootsForTooLong_isNotBelieved() {
        watch.goesOn(FIRST, false);
        now += Duration.ofMinutes(10).toNanos() - 1;
        assertThat(watch.goesOn(FIRST, false)).isTrue();
        now++;
        assertThat(watch.goesOn(FIRST, false)).isFalse();
    }

    @Test
    void test_vmThatWasUpAndIsReset_startsAnewUntilItIsUpOrTooLongAgo() {
        assertThat(watch.startsAnew(FIRST)).isFalse();
        watch.goesOn(FIRST, true);
        assertThat(watch.startsAnew(FIRST)).isFalse();
        assertThat(watch.startsAnew(SECOND)).isTrue();
        watch.goesOn(SECOND, true);
        assertThat(watch.startsAnew(SECOND)).isFalse();
        assertThat(watch.startsAnew(FIRST)).isTrue();
        now += Duration.ofMinutes(10).toNanos();
        assertThat(watch.startsAnew(FIRST)).isFalse();
    }
}
