// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * Fuzz targets. A normal run replays the kept inputs; with the environment variable {@code JAZZER_FUZZ=1} one of them searches for
 * new ones.
 */
class VgaFuzzTest {
    /** Any sequence of accesses by port, window and register window, changes of memory, looks, save and restore. */
    @FuzzTest(maxDuration = "1m")
    void accesses(byte[] program) {
        run(new VgaExerciser(VgaExerciser.FEW_PIXELS), program);
    }

    /** The same, with larger pictures. */
    @FuzzTest(maxDuration = "1m")
    void pictures(byte[] program) {
        run(new VgaExerciser(VgaExerciser.MANY_PIXELS), program);
    }

    private static void run(VgaExerciser exerciser, byte[] program) {
        exerciser.run(program);

        exerciser.saveAndRestore();
        exerciser.checkPicture();
    }

    /** Any bytes as a saved state. */
    @FuzzTest(maxDuration = "30s")
    void savedState(byte[] bytes) {
        HostileState.decodeAndUse(bytes);
    }
}
