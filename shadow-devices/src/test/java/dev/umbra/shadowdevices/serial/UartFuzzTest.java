// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * Fuzz targets. A normal run replays the kept inputs; with the environment variable {@code JAZZER_FUZZ=1} one of them searches for
 * new ones.
 */
class UartFuzzTest {
    /** Any sequence of read, write, receive, break, time-out, ready, modem lines, save and restore. */
    @FuzzTest(maxDuration = "30s")
    void accesses(byte[] program) {
        UartExerciser exerciser = new UartExerciser();

        exerciser.run(program);

        assertThat(exerciser.receiveBalance()).isZero();
        assertThat(exerciser.transmitBalance()).isZero();
    }

    /** Any bytes as a saved state. */
    @FuzzTest(maxDuration = "30s")
    void savedState(byte[] bytes) {
        HostileState.decodeAndUse(bytes);
    }
}
