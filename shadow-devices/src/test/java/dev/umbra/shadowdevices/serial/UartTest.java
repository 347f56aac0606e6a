// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static dev.umbra.shadowdevices.serial.UartRegisters.*;

import org.junit.jupiter.api.AfterEach;

/** A port with its surroundings, and the check that it is sound after each test. */
abstract class UartTest {
    static final int FIFOS_ON = FCR_ENABLE;
    static final int TRIGGER_4 = FCR_ENABLE | 0x40;
    static final int TRIGGER_8 = FCR_ENABLE | 0x80;
    static final int TRIGGER_14 = FCR_ENABLE | 0xc0;

    final FakeInterruptLine interrupt = new FakeInterruptLine();
    final FakeTransmitter line = new FakeTransmitter();
    final Uart16550 uart = new Uart16550(interrupt, line);

    @AfterEach
    final void checkInvariant() {
        uart.invariant();
    }

    final void enableInterrupts(int enable) {
        uart.write(MCR, MCR_OUT2);
        uart.write(IER_DLM, enable);
    }

    final void receive(int... characters) {
        for (int character : characters) {
            uart.receive(character);
        }
    }

    final void receiveMany(int count) {
        for (int index = 0; index < count; index++) {
            uart.receive('a' + index % 26);
        }
    }

    final void transmitMany(int count) {
        for (int index = 0; index < count; index++) {
            uart.write(RBR_THR_DLL, 'a' + index % 26);
        }
    }

    final int identification() {
        return uart.read(IIR_FCR) & ~IIR_FIFOS_ENABLED;
    }
}
