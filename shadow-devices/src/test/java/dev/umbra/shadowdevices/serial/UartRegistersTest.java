// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static dev.umbra.shadowdevices.serial.UartRegisters.*;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UartRegistersTest extends UartTest {
    @Test
    void read_afterPowerOn_givesResetValues() {
        assertThat(uart.read(RBR_THR_DLL)).isZero();
        assertThat(uart.read(IER_DLM)).isZero();
        assertThat(uart.read(IIR_FCR)).isEqualTo(IIR_NONE);
        assertThat(uart.read(LCR)).isZero();
        assertThat(uart.read(MCR)).isZero();
        assertThat(uart.read(LSR)).isEqualTo(LSR_TRANSMITTER_HOLDING_EMPTY | LSR_TRANSMITTER_EMPTY);
        assertThat(uart.read(MSR)).isZero();
        assertThat(uart.read(SCR)).isZero();
    }

    @Test
    void masterReset_afterUse_resetsAllButDivisorScratchAndInputs() {
        uart.write(LCR, LCR_DLAB | 0x1b);
        uart.write(RBR_THR_DLL, 0x34);
        uart.write(IER_DLM, 0x12);
        uart.write(LCR, LCR_SET_BREAK);
        uart.write(SCR, 0x5a);
        uart.modemStatus(true, false, false, true);
        uart.write(IIR_FCR, TRIGGER_14);
        enableInterrupts(IER_MASK);
        line.takeOnly(0);
        transmitMany(5);
        receiveMany(3);

        uart.masterReset();

        assertThat(interrupt.asserted()).isFalse();
        assertThat(uart.read(IER_DLM)).isZero();
        assertThat(uart.read(IIR_FCR)).isEqualTo(IIR_NONE);
        assertThat(uart.read(LCR)).isZero();
        assertThat(uart.read(MCR)).isZero();
        assertThat(uart.read(LSR)).isEqualTo(LSR_TRANSMITTER_HOLDING_EMPTY | LSR_TRANSMITTER_EMPTY);
        assertThat(uart.read(MSR)).isEqualTo(MSR_CLEAR_TO_SEND | MSR_CARRIER_DETECT);
        assertThat(uart.read(SCR)).isEqualTo(0x5a);
        uart.write(LCR, LCR_DLAB);
        assertThat(uart.read(RBR_THR_DLL)).isEqualTo(0x34);
        assertThat(uart.read(IER_DLM)).isEqualTo(0x12);
        assertThat(uart.counters().receiveDiscarded()).isEqualTo(3);
        assertThat(uart.counters().transmitDiscarded()).isEqualTo(5);
    }

    @Test
    void readDivisor_afterPowerOn_isNotZero() {
        uart.write(LCR, LCR_DLAB);

        assertThat(uart.read(RBR_THR_DLL)).isEqualTo(12);
        assertThat(uart.read(IER_DLM)).isZero();
    }

    @Test
    void divisorLatchAccess_hidesBufferAndInterruptEnableOnly() {
        uart.write(IER_DLM, IER_LINE_STATUS);
        uart.receive('x');

        uart.write(LCR, LCR_DLAB);
        uart.write(RBR_THR_DLL, 0x01);
        uart.write(IER_DLM, 0xc2);

        assertThat(uart.read(RBR_THR_DLL)).isEqualTo(0x01);
        assertThat(uart.read(IER_DLM)).isEqualTo(0xc2);
        assertThat(line.taken()).isEmpty();
        uart.write(LCR, 0);
        assertThat(uart.read(IER_DLM)).isEqualTo(IER_LINE_STATUS);
        assertThat(uart.read(RBR_THR_DLL)).isEqualTo('x');
    }

    @Test
    void read_afterWritingAllOnes_showsReservedBitsAsZero() {
        uart.write(IER_DLM, 0xff);
        uart.write(MCR, 0xff);
        uart.write(IIR_FCR, 0xff);

        assertThat(uart.read(IER_DLM)).isEqualTo(0x0f);
        assertThat(uart.read(MCR)).isEqualTo(0x1f);
        assertThat(uart.read(IIR_FCR) & 0x30).isZero();
    }

    @Test
    void write_valueWiderThanEightBits_usesTheLowEight() {
        uart.write(SCR, 0xabc5a);
        uart.write(RBR_THR_DLL, 0x141);

        assertThat(uart.read(SCR)).isEqualTo(0x5a);
        assertThat(line.taken()).containsExactly(0x41);
    }

    @ParameterizedTest
    @ValueSource(ints = {8, -1, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void access_registerThatDoesNotExist_isHarmlessAndCounted(int register) {
        Uart16550State before = uart.state();

        int value = uart.read(register);
        uart.write(register, 0x55);

        assertThat(value).isEqualTo(0xff);
        assertThat(uart.pureRead(register)).isEqualTo(-1);
        assertThat(uart.state()).isEqualTo(before);
        assertThat(uart.counters().invalidAccesses()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {LSR, MSR})
    void write_statusRegister_isIgnoredAndCounted(int register) {
        Uart16550State before = uart.state();

        uart.write(register, 0x9f);

        assertThat(uart.state()).isEqualTo(before);
        assertThat(uart.counters().invalidAccesses()).isEqualTo(1);
    }

    @Test
    void writeFifoControl_withoutEnableBit_programsNothing() {
        uart.write(IIR_FCR, 0xc8);

        assertThat(uart.read(IIR_FCR)).isEqualTo(IIR_NONE);
        assertThat(uart.state().fifoControl()).isZero();
    }

    @Test
    void pureRead_readsWithSideEffect_areRefused() {
        uart.write(IIR_FCR, TRIGGER_4);
        uart.write(IER_DLM, IER_TRANSMITTER_HOLDING_EMPTY);
        uart.receiveDamaged('x', true, false);
        uart.modemStatus(true, false, false, false);

        assertThat(uart.pureRead(RBR_THR_DLL)).isEqualTo(-1);
        assertThat(uart.pureRead(IIR_FCR)).isEqualTo(-1);
        assertThat(uart.pureRead(LSR)).isEqualTo(-1);
        assertThat(uart.pureRead(MSR)).isEqualTo(-1);
    }

    @Test
    void pureRead_readsWithoutSideEffect_giveTheValue() {
        uart.write(IIR_FCR, TRIGGER_4);
        uart.write(LCR, 0x03);
        uart.write(SCR, 0x77);
        uart.write(IER_DLM, IER_RECEIVED_DATA);
        receiveMany(4);

        assertThat(uart.pureRead(IER_DLM)).isEqualTo(IER_RECEIVED_DATA);
        assertThat(uart.pureRead(IIR_FCR)).isEqualTo(IIR_FIFOS_ENABLED | IIR_RECEIVED_DATA);
        assertThat(uart.pureRead(LCR)).isEqualTo(0x03);
        assertThat(uart.pureRead(MCR)).isZero();
        assertThat(uart.pureRead(LSR)).isEqualTo(0x61);
        assertThat(uart.pureRead(MSR)).isZero();
        assertThat(uart.pureRead(SCR)).isEqualTo(0x77);
        uart.write(LCR, LCR_DLAB);
        assertThat(uart.pureRead(RBR_THR_DLL)).isEqualTo(12);
        assertThat(uart.pureRead(IER_DLM)).isZero();
    }
}
