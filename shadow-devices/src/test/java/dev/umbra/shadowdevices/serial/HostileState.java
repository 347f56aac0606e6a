// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.shadowdevices.DeviceStateException;
import java.lang.foreign.MemorySegment;

/** What must hold for any bytes given as a saved state. */
final class HostileState {
    private HostileState() {}

    /** Either a refusal with a reason, or a device that is sound and saves the very same bytes. */
    static void decodeAndUse(byte[] bytes) {
        Uart16550State state;
        try {
            state = Uart16550State.decode(MemorySegment.ofArray(bytes));
        } catch (DeviceStateException refusal) {
            assertThat(refusal.reason()).isNotNull();
            return;
        }
        Uart16550 uart = new Uart16550(new FakeInterruptLine(), new FakeTransmitter());
        uart.restore(state);
        uart.invariant();
        byte[] again = new byte[Uart16550State.SIZE];
        uart.save(MemorySegment.ofArray(again));
        assertThat(bytes).startsWith(again);
        for (int register = 0; register < UartRegisters.COUNT; register++) {
            uart.read(register);
            uart.invariant();
        }
        uart.transmitterReady();
        uart.invariant();
    }
}
