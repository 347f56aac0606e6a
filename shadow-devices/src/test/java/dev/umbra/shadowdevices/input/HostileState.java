// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.shadowdevices.DeviceStateException;
import java.lang.foreign.MemorySegment;

/** What must hold for any bytes given as a saved state. */
final class HostileState {
    private HostileState() {}

    /** Either a refusal with a reason, or a device that is sound, saves the very same bytes and can be used. */
    static void decodeAndUse(byte[] bytes) {
        I8042State state;
        try {
            state = I8042State.decode(MemorySegment.ofArray(bytes));
        } catch (DeviceStateException refusal) {
            assertThat(refusal.reason()).isNotNull();
            return;
        }
        InputExerciser exerciser = new InputExerciser();
        exerciser.device.restore(state);
        exerciser.device.invariant();
        byte[] again = new byte[I8042State.SIZE];
        exerciser.device.save(MemorySegment.ofArray(again));
        assertThat(bytes).startsWith(again);
        exerciser.device.pointerAbsolute(1, 1, 1, 1);
        exerciser.device.invariant();
        exerciser.device.key(ScanCodes.PRINT, true);
        exerciser.device.invariant();
        exerciser.drain();
    }
}
