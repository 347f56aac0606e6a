// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * Fuzz targets. A normal run replays the kept inputs; with the environment variable {@code JAZZER_FUZZ=1} one of them searches for
 * new ones.
 */
class InputFuzzTest {
    /** Any sequence of read, write, keys, pointer, register calls, repetition, save and restore. */
    @FuzzTest(maxDuration = "30s")
    void accesses(byte[] program) {
        InputExerciser exerciser = new InputExerciser();

        exerciser.run(program);
        exerciser.drain();
    }

    /** Any bytes as a saved state. */
    @FuzzTest(maxDuration = "30s")
    void savedState(byte[] bytes) {
        HostileState.decodeAndUse(bytes);
    }
}
