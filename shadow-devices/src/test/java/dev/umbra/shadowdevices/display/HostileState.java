// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.shadowdevices.DeviceStateException;
import java.lang.foreign.MemorySegment;

/** What must hold for any bytes given as a saved state. */
final class HostileState {
    private HostileState() {}

    /** Either a refusal with a reason, or a state that encodes to the very same bytes and a display that works. */
    static void decodeAndUse(byte[] bytes) {
        VgaDisplayState state;
        try {
            state = VgaDisplayState.decode(MemorySegment.ofArray(bytes));
        } catch (DeviceStateException refusal) {
            assertThat(refusal.reason()).isNotNull();
            return;
        }
        byte[] again = new byte[VgaDisplayState.SIZE];
        state.encode(MemorySegment.ofArray(again));
        assertThat(bytes).startsWith(again);
        VgaExerciser exerciser = new VgaExerciser();
        exerciser.display.restore(state);
        exerciser.saveAndRestore();
        exerciser.checkPicture();
        exerciser.display.windowWrite(0, 8, -1);
        exerciser.display.windowRead(0x18000, 8);
        exerciser.checkPicture();
    }
}
