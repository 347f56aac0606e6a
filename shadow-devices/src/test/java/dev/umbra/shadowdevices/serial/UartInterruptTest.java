// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static dev.umbra.shadowdevices.serial.UartRegisters.*;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UartInterruptTest extends UartTest {
    @Test
    void readIdentification_severalPending_reportsByPriority() {
        uart.write(IIR_FCR, FIFOS_ON);
        uart.modemStatus(true, false, false, false);
        uart.receiveDamaged('x', false, true);
        enableInterrupts(IER_MASK);

        assertThat(identification()).isEqualTo(IIR_LINE_STATUS);
        uart.read(LSR);
        assertThat(identification()).isEqualTo(IIR_RECEIVED_DATA);
        uart.read(RBR_THR_DLL);
        assertThat(identification()).isEqualTo(IIR_TRANSMITTER_HOLDING_EMPTY);
        assertThat(identification()).isEqualTo(IIR_MODEM_STATUS);
        assertThat(interrupt.asserted()).isTrue();
        uart.read(MSR);
        assertThat(identification()).isEqualTo(IIR_NONE);
        assertThat(interrupt.asserted()).isFalse();
        assertThat(interrupt.risingEdges()).isEqualTo(1);
    }

    @Test
    void enableTransmitterInterrupt_withHoldingRegisterEmpty_interruptsAtOnce() {
        enableInterrupts(IER_TRANSMITTER_HOLDING_EMPTY);

        assertThat(interrupt.asserted()).isTrue();
        assertThat(identification()).isEqualTo(IIR_TRANSMITTER_HOLDING_EMPTY);
        assertThat(interrupt.asserted()).isFalse();
        assertThat(identification()).isEqualTo(IIR_NONE);
    }

    @Test
    void enableTransmitterInterrupt_again_interruptsAgain() {
        enableInterrupts(IER_TRANSMITTER_HOLDING_EMPTY);
        identification();

        uart.write(IER_DLM, 0);
        uart.write(IER_DLM, IER_TRANSMITTER_HOLDING_EMPTY);

        assertThat(identification()).isEqualTo(IIR_TRANSMITTER_HOLDING_EMPTY);
    }

    @Test
    void writeInterruptEnable_withoutSwitchingOn_doesNotInterruptAgain() {
        enableInterrupts(IER_TRANSMITTER_HOLDING_EMPTY);
        identification();

        uart.write(IER_DLM, IER_TRANSMITTER_HOLDING_EMPTY | IER_RECEIVED_DATA);

        assertThat(identification()).isEqualTo(IIR_NONE);
    }

    @Test
    void enableTransmitterInterrupt_whileHoldingRegisterFull_waitsUntilEmpty() {
        line.takeOnly(0);
        transmitMany(2);
        enableInterrupts(IER_TRANSMITTER_HOLDING_EMPTY);
        assertThat(interrupt.asserted()).isFalse();

        line.takeAll();
        uart.transmitterReady();

        assertThat(interrupt.asserted()).isTrue();
    }

    @Test
    void readIdentification_reportingAnotherSource_keepsTransmitterInterrupt() {
        uart.receive('x');
        enableInterrupts(IER_RECEIVED_DATA | IER_TRANSMITTER_HOLDING_EMPTY);

        assertThat(identification()).isEqualTo(IIR_RECEIVED_DATA);
        uart.read(RBR_THR_DLL);

        assertThat(identification()).isEqualTo(IIR_TRANSMITTER_HOLDING_EMPTY);
    }

    @Test
    void readIdentification_transmitterInterruptDisabled_doesNotClearIt() {
        transmitMany(1);

        assertThat(identification()).isEqualTo(IIR_NONE);

        assertThat(uart.state().transmitter().interruptPending()).isTrue();
    }

    @Test
    void writeTransmitter_afterIdentificationRead_raisesTheLineOnceForABurst() {
        uart.write(IIR_FCR, FIFOS_ON);
        enableInterrupts(IER_TRANSMITTER_HOLDING_EMPTY);
        identification();

        transmitMany(16);

        assertThat(interrupt.asserted()).isTrue();
        assertThat(interrupt.risingEdges()).isEqualTo(2);
    }

    @Test
    void writeTransmitter_withoutIdentificationRead_givesAnEdgeForEachWrite() {
        enableInterrupts(IER_TRANSMITTER_HOLDING_EMPTY);

        transmitMany(3);

        assertThat(interrupt.asserted()).isTrue();
        assertThat(interrupt.risingEdges()).isEqualTo(4);
    }

    @Test
    void writeTransmitter_refused_lowersTheLine() {
        uart.write(IIR_FCR, FIFOS_ON);
        transmitMany(1);
        enableInterrupts(IER_TRANSMITTER_HOLDING_EMPTY);
        line.takeOnly(0);

        transmitMany(1);

        assertThat(interrupt.asserted()).isFalse();
        assertThat(identification()).isEqualTo(IIR_NONE);
    }

    @Test
    void resetTransmitterFifo_withCharactersWaiting_interrupts() {
        uart.write(IIR_FCR, FIFOS_ON);
        transmitMany(1);
        line.takeOnly(0);
        transmitMany(3);
        enableInterrupts(IER_TRANSMITTER_HOLDING_EMPTY);

        uart.write(IIR_FCR, FCR_ENABLE | FCR_RESET_TRANSMITTER);

        assertThat(interrupt.asserted()).isTrue();
    }

    @Test
    void interruptLine_withoutOut2_staysDownWhileIdentificationReports() {
        uart.write(IER_DLM, IER_RECEIVED_DATA);
        uart.receive('x');

        assertThat(interrupt.asserted()).isFalse();
        assertThat(identification()).isEqualTo(IIR_RECEIVED_DATA);
        uart.write(MCR, MCR_OUT2);
        assertThat(interrupt.asserted()).isTrue();
        uart.write(MCR, 0);
        assertThat(interrupt.asserted()).isFalse();
    }

    @Test
    void disableInterrupt_lowersTheLine() {
        enableInterrupts(IER_RECEIVED_DATA);
        uart.receive('x');

        uart.write(IER_DLM, 0);

        assertThat(interrupt.asserted()).isFalse();
        assertThat(uart.interruptAsserted()).isFalse();
    }
}
