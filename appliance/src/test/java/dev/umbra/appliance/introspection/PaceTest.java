// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PaceTest {
    @ParameterizedTest
    @CsvSource({"1000, 25, 3000", "1000, 50, 1000", "1000, 100, 0", "1000, 1, 99000", "0, 25, 0"})
    void who_has_worked_rests_in_proportion(long worked, int percent, long rest) {
        assertThat(Pace.pause(worked, percent)).isEqualTo(rest);
    }

    @Test
    void thread_takes_no_more_than_its_share() {
        Pace pace = new Pace(20);
        long began = System.nanoTime();
        long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        pace.start();
        long taken = 0;
        while (taken < 50_000_000) {
            pace.keep();
            taken = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
        }

        assertThat((double) taken / (System.nanoTime() - began)).isLessThan(0.3);
    }
}
