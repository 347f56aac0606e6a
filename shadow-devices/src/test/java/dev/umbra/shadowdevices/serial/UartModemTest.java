// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static dev.umbra.shadowdevices.serial.UartRegisters.*;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UartModemTest extends UartTest {
    @Test
    void readModemStatus_afterLinesRise_showsDeltasOnceAndNoneForRing() {
        uart.modemStatus(true, true, true, true);

        assertThat(uart.read(MSR)).isEqualTo(0xfb);
        assertThat(uart.read(MSR)).isEqualTo(0xf0);
    }

    @Test
    void readModemStatus_afterRingEnds_showsTrailingEdge() {
        uart.modemStatus(false, false, true, false);
        assertThat(uart.read(MSR)).isEqualTo(MSR_RING);

        uart.modemStatus(false, false, false, false);

        assertThat(uart.read(MSR)).isEqualTo(MSR_TRAILING_EDGE_RING);
    }

    @Test
    void modemStatus_changedBackAndForth_keepsTheDelta() {
        uart.modemStatus(true, false, false, false);
        uart.modemStatus(false, false, false, false);

        assertThat(uart.read(MSR)).isEqualTo(MSR_DELTA_CLEAR_TO_SEND);
    }

    @Test
    void modemStatus_unchanged_doesNotInterrupt() {
        uart.modemStatus(true, true, false, true);
        uart.read(MSR);
        enableInterrupts(IER_MODEM_STATUS);

        uart.modemStatus(true, true, false, true);

        assertThat(interrupt.asserted()).isFalse();
    }

    @Test
    void writeModemControl_tellsTheLineOnChange() {
        uart.write(MCR, MCR_DATA_TERMINAL_READY);
        uart.write(MCR, MCR_DATA_TERMINAL_READY | MCR_OUT2);
        uart.write(MCR, MCR_DATA_TERMINAL_READY | MCR_REQUEST_TO_SEND);

        assertThat(line.events()).containsExactly("dtr true rts false", "dtr true rts true");
    }

    @Test
    void enterLoopback_disconnectsOutputs() {
        uart.write(MCR, MCR_DATA_TERMINAL_READY | MCR_OUT2);
        uart.write(LCR, LCR_SET_BREAK);
        uart.write(IER_DLM, IER_TRANSMITTER_HOLDING_EMPTY);

        uart.write(MCR, MCR_LOOP | MCR_DATA_TERMINAL_READY | MCR_OUT2);

        assertThat(line.events())
                .containsExactly("dtr true rts false", "break true", "break false", "dtr false rts false");
        assertThat(interrupt.asserted()).isFalse();
        assertThat(identification()).isEqualTo(IIR_TRANSMITTER_HOLDING_EMPTY);
    }

    @ParameterizedTest
    @CsvSource({"0x10, 0x00", "0x11, 0x20", "0x12, 0x10", "0x14, 0x40", "0x18, 0x80", "0x1a, 0x90", "0x1f, 0xf0"})
    void loopback_wiresModemControlToModemStatus(int modemControl, int lines) {
        uart.modemStatus(true, false, true, false);

        uart.write(MCR, modemControl);

        assertThat(uart.read(MSR) & MSR_LINES).isEqualTo(lines);
    }

    @Test
    void loopback_modemControlChange_setsDeltasAndInterruptIdentification() {
        uart.write(MCR, MCR_LOOP | MCR_OUT1);
        uart.write(IER_DLM, IER_MODEM_STATUS);
        uart.read(MSR);

        uart.write(MCR, MCR_LOOP | MCR_REQUEST_TO_SEND);

        assertThat(identification()).isEqualTo(IIR_MODEM_STATUS);
        assertThat(uart.read(MSR)).isEqualTo(MSR_CLEAR_TO_SEND | MSR_DELTA_CLEAR_TO_SEND | MSR_TRAILING_EDGE_RING);
    }

    @Test
    void leaveLoopback_showsInputsThatChangedMeanwhile() {
        uart.write(MCR, MCR_LOOP);
        uart.modemStatus(true, true, false, true);
        assertThat(uart.read(MSR)).isZero();

        uart.write(MCR, 0);

        assertThat(uart.read(MSR)).isEqualTo(0xbb);
    }

    @Test
    void loopback_transmittedCharactersComeBackAndNotToTheLine() {
        uart.write(IIR_FCR, FIFOS_ON);
        uart.write(MCR, MCR_LOOP);

        transmitMany(3);

        assertThat(line.taken()).isEmpty();
        assertThat(uart.read(LSR)).isEqualTo(0x61);
        assertThat(uart.read(RBR_THR_DLL)).isEqualTo('a');
        assertThat(uart.counters().loopedBack()).isEqualTo(3);
        assertThat(uart.counters().received()).isEqualTo(3);
    }

    @Test
    void loopback_charactersFromTheLine_areDiscardedAndCounted() {
        uart.write(MCR, MCR_LOOP);
        assertThat(uart.receiveRoom()).isZero();

        uart.receive('x');

        assertThat(uart.read(LSR)).isEqualTo(0x60);
        assertThat(uart.counters().receiveDiscarded()).isEqualTo(1);
    }

    @Test
    void enterLoopback_withHeldCharacters_receivesThem() {
        uart.write(IIR_FCR, FIFOS_ON);
        line.takeOnly(0);
        transmitMany(2);

        uart.write(MCR, MCR_LOOP);

        assertThat(uart.heldCharacters()).isZero();
        assertThat(uart.read(RBR_THR_DLL)).isEqualTo('a');
        assertThat(uart.read(RBR_THR_DLL)).isEqualTo('b');
    }

    @Test
    void loopback_moreThanTheFifoHolds_overruns() {
        uart.write(IIR_FCR, FIFOS_ON);
        uart.write(MCR, MCR_LOOP);

        transmitMany(256);

        assertThat(uart.state().receiver().characters()).hasSize(16);
        assertThat(uart.read(LSR) & LSR_OVERRUN).isEqualTo(LSR_OVERRUN);
        assertThat(uart.counters().receiveOverruns()).isEqualTo(240);
    }
}
