// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static dev.umbra.shadowdevices.serial.UartRegisters.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UartTransmitTest extends UartTest {
    private static final int IDLE = LSR_TRANSMITTER_HOLDING_EMPTY | LSR_TRANSMITTER_EMPTY;

    @ParameterizedTest
    @ValueSource(ints = {0, FIFOS_ON})
    void writeTransmitter_takenAtOnce_leavesTransmitterIdle(int fifoControl) {
        uart.write(IIR_FCR, fifoControl);

        transmitMany(20);

        assertThat(text()).isEqualTo("abcdefghijklmnopqrst");
        assertThat(uart.read(LSR)).isEqualTo(IDLE);
        assertThat(uart.heldCharacters()).isZero();
        assertThat(uart.counters().transmitted()).isEqualTo(20);
    }

    @Test
    void writeTransmitter_refusedIn16450Mode_leavesHoldingRegisterEmpty() {
        line.takeOnly(0);

        transmitMany(1);
        assertThat(uart.read(LSR)).isEqualTo(LSR_TRANSMITTER_HOLDING_EMPTY);
        transmitMany(1);
        assertThat(uart.read(LSR)).isZero();

        assertThat(uart.heldCharacters()).isEqualTo(2);
    }

    @Test
    void writeTransmitter_loneCharacterRefusedInFifoMode_showsNotReady() {
        useFifosSettled();
        line.takeOnly(0);

        transmitMany(1);

        assertThat(uart.read(LSR)).isZero();
        line.takeAll();
        uart.transmitterReady();
        assertThat(uart.read(LSR)).isEqualTo(IDLE);
    }

    @Test
    void writeTransmitter_firstRefusedAfterModeChange_showsHoldingEmptyAtOnce() {
        uart.write(IIR_FCR, FIFOS_ON);
        line.takeOnly(0);

        transmitMany(1);

        assertThat(uart.read(LSR)).isEqualTo(LSR_TRANSMITTER_HOLDING_EMPTY);
    }

    @Test
    void transmitterReady_lastOfSeveralRefused_showsHoldingEmptyButTransmitterBusy() {
        useFifosSettled();
        line.takeOnly(0);
        transmitMany(3);

        line.takeOnly(2);
        uart.transmitterReady();

        assertThat(uart.read(LSR)).isEqualTo(LSR_TRANSMITTER_HOLDING_EMPTY);
        assertThat(uart.heldCharacters()).isEqualTo(1);
        assertThat(text()).isEqualTo("_ab");
    }

    @Test
    void writeTransmitter_toFullFifo_losesTheNewCharacterAndCounts() {
        useFifosSettled();
        line.takeOnly(0);

        transmitMany(19);

        assertThat(uart.heldCharacters()).isEqualTo(17);
        assertThat(uart.counters().transmitOverruns()).isEqualTo(2);
        line.takeAll();
        uart.transmitterReady();
        assertThat(text()).isEqualTo("_abcdefghijklmnopq");
    }

    @Test
    void writeTransmitter_whileBlocked_doesNotOfferAgain() {
        line.takeOnly(0);
        transmitMany(1);
        int offers = line.offers();

        transmitMany(1);

        assertThat(line.offers()).isEqualTo(offers);
    }

    @Test
    void transmitterReady_withNothingHeld_doesNothing() {
        uart.transmitterReady();

        assertThat(line.offers()).isZero();
        assertThat(uart.state().transmitter().interruptPending()).isFalse();
    }

    @Test
    void resetTransmitterFifo_keepsTheShiftRegister() {
        useFifosSettled();
        line.takeOnly(0);
        transmitMany(4);

        uart.write(IIR_FCR, FCR_ENABLE | FCR_RESET_TRANSMITTER);

        assertThat(uart.read(LSR)).isEqualTo(LSR_TRANSMITTER_HOLDING_EMPTY);
        assertThat(uart.counters().transmitDiscarded()).isEqualTo(3);
        line.takeAll();
        uart.transmitterReady();
        assertThat(text()).isEqualTo("_a");
    }

    @Test
    void writeFifoControl_changingMode_discardsWhatWaits() {
        useFifosSettled();
        line.takeOnly(0);
        transmitMany(4);

        uart.write(IIR_FCR, 0);

        assertThat(uart.heldCharacters()).isEqualTo(1);
        assertThat(uart.counters().transmitDiscarded()).isEqualTo(3);
    }

    @Test
    void setBreak_tellsTheLineOnChange() {
        uart.write(LCR, LCR_SET_BREAK);
        uart.write(LCR, LCR_SET_BREAK | 0x03);
        uart.write(LCR, 0x03);

        assertThat(line.events()).containsExactly("break true", "break false");
    }

    /** In FIFO mode, with the first transmission after the change of mode done. */
    private void useFifosSettled() {
        uart.write(IIR_FCR, FIFOS_ON);
        uart.write(RBR_THR_DLL, '_');
    }

    private String text() {
        return new String(line.taken(), StandardCharsets.ISO_8859_1);
    }
}
