// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static dev.umbra.shadowdevices.serial.UartRegisters.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UartReceiveTest extends UartTest {
    @Test
    void receive_in16450Mode_holdsOneCharacter() {
        assertThat(uart.receiveRoom()).isEqualTo(1);

        uart.receive('x');

        assertThat(uart.receiveRoom()).isZero();
        assertThat(uart.read(LSR) & LSR_DATA_READY).isEqualTo(LSR_DATA_READY);
        assertThat(uart.read(RBR_THR_DLL)).isEqualTo('x');
        assertThat(uart.read(LSR) & LSR_DATA_READY).isZero();
    }

    @Test
    void receive_overrunIn16450Mode_losesTheOlderCharacter() {
        receive('x', 'y');

        assertThat(uart.read(LSR) & LSR_ERRORS).isEqualTo(LSR_OVERRUN);
        assertThat(uart.read(RBR_THR_DLL)).isEqualTo('y');
        assertThat(uart.counters().receiveOverruns()).isEqualTo(1);
    }

    @Test
    void receive_overrunInFifoMode_losesTheNewCharacter() {
        uart.write(IIR_FCR, FIFOS_ON);
        receiveMany(16);

        uart.receive('!');

        assertThat(uart.receiveRoom()).isZero();
        assertThat(uart.read(LSR) & LSR_ERRORS).isEqualTo(LSR_OVERRUN);
        for (int index = 0; index < 16; index++) {
            assertThat(uart.read(RBR_THR_DLL)).isEqualTo('a' + index);
        }
        assertThat(uart.read(RBR_THR_DLL)).isZero();
        assertThat(uart.counters().receiveOverruns()).isEqualTo(1);
    }

    @Test
    void readLineStatus_afterOverrun_reportsOnceAndClears() {
        receive('x', 'y');

        int first = uart.read(LSR);
        int second = uart.read(LSR);

        assertThat(first & LSR_OVERRUN).isEqualTo(LSR_OVERRUN);
        assertThat(second & LSR_OVERRUN).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 256})
    void receive_notACharacter_isTheCallersError(int character) {
        assertThatThrownBy(() -> uart.receive(character)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"0x01, 1", "0x41, 4", "0x81, 8", "0xc1, 14"})
    void receivedDataInterrupt_isPendingFromTriggerLevelUntilBelow(int fifoControl, int level) {
        uart.write(IIR_FCR, fifoControl);
        enableInterrupts(IER_RECEIVED_DATA);

        receiveMany(level - 1);
        assertThat(interrupt.asserted()).isFalse();
        receive('x');
        assertThat(interrupt.asserted()).isTrue();
        assertThat(identification()).isEqualTo(IIR_RECEIVED_DATA);
        uart.read(RBR_THR_DLL);
        assertThat(interrupt.asserted()).isFalse();
        assertThat(identification()).isEqualTo(IIR_NONE);
    }

    @Test
    void receiveTimeout_belowTriggerLevel_interruptsUntilOneCharacterIsRead() {
        uart.write(IIR_FCR, TRIGGER_8);
        enableInterrupts(IER_RECEIVED_DATA);
        receiveMany(3);

        uart.receiveTimeout();

        assertThat(interrupt.asserted()).isTrue();
        assertThat(identification()).isEqualTo(IIR_CHARACTER_TIMEOUT);
        assertThat(identification()).isEqualTo(IIR_CHARACTER_TIMEOUT);
        uart.read(RBR_THR_DLL);
        assertThat(interrupt.asserted()).isFalse();
        assertThat(uart.awaitsReceiveTimeout()).isTrue();
    }

    @Test
    void receiveTimeout_pendingWhenCharacterArrives_staysPending() {
        uart.write(IIR_FCR, TRIGGER_4);
        enableInterrupts(IER_RECEIVED_DATA);
        uart.receive('x');
        uart.receiveTimeout();

        receiveMany(5);

        assertThat(uart.awaitsReceiveTimeout()).isFalse();
        assertThat(identification()).isEqualTo(IIR_CHARACTER_TIMEOUT);
        uart.read(RBR_THR_DLL);
        assertThat(identification()).isEqualTo(IIR_RECEIVED_DATA);
    }

    @Test
    void receiveTimeout_withEmptyFifo_doesNothing() {
        uart.write(IIR_FCR, FIFOS_ON);
        enableInterrupts(IER_RECEIVED_DATA);

        uart.receiveTimeout();

        assertThat(uart.awaitsReceiveTimeout()).isFalse();
        assertThat(interrupt.asserted()).isFalse();
    }

    @Test
    void receiveTimeout_in16450Mode_doesNothing() {
        uart.receive('x');
        uart.receiveTimeout();
        uart.write(IER_DLM, IER_RECEIVED_DATA);

        assertThat(identification()).isEqualTo(IIR_RECEIVED_DATA);
    }

    @Test
    void receiveDamaged_showsErrorsWhenTheCharacterBecomesOldest() {
        uart.write(IIR_FCR, FIFOS_ON);
        enableInterrupts(IER_LINE_STATUS);
        receive('x');
        uart.receiveDamaged('y', true, false);
        uart.receiveDamaged('z', false, true);

        assertThat(uart.read(LSR)).isEqualTo(0x61 | LSR_ERROR_IN_FIFO);
        assertThat(interrupt.asserted()).isFalse();
        uart.read(RBR_THR_DLL);
        assertThat(identification()).isEqualTo(IIR_LINE_STATUS);
        assertThat(uart.read(LSR)).isEqualTo(0x61 | LSR_ERROR_IN_FIFO | LSR_PARITY_ERROR);
        assertThat(uart.read(LSR)).isEqualTo(0x61 | LSR_ERROR_IN_FIFO);
        assertThat(uart.read(RBR_THR_DLL)).isEqualTo('y');
        assertThat(uart.read(LSR)).isEqualTo(0x61 | LSR_ERROR_IN_FIFO | LSR_FRAMING_ERROR);
        assertThat(uart.read(LSR)).isEqualTo(0x61);
        assertThat(uart.read(RBR_THR_DLL)).isEqualTo('z');
    }

    @Test
    void receiveDamaged_readBeforeLineStatus_keepsTheErrorShown() {
        uart.write(IIR_FCR, FIFOS_ON);
        uart.receiveDamaged('x', true, true);

        uart.read(RBR_THR_DLL);

        assertThat(uart.read(LSR) & LSR_ERRORS).isEqualTo(LSR_PARITY_ERROR | LSR_FRAMING_ERROR);
        assertThat(uart.read(LSR)).isEqualTo(0x60);
    }

    @Test
    void receiveDamaged_in16450Mode_showsNoFifoError() {
        uart.receiveDamaged('x', true, false);

        assertThat(uart.read(LSR)).isEqualTo(0x61 | LSR_PARITY_ERROR);
    }

    @ParameterizedTest
    @CsvSource({"0x03, 0x18", "0x0b, 0x1c", "0x1b, 0x18", "0x2b, 0x1c", "0x3b, 0x18"})
    void receiveBreak_isOneZeroCharacterWithItsErrors(int lineControl, int errors) {
        uart.write(IIR_FCR, FIFOS_ON);
        uart.write(LCR, lineControl);

        uart.receiveBreak();
        uart.receive('x');

        assertThat(uart.read(LSR) & LSR_ERRORS).isEqualTo(errors);
        assertThat(uart.read(RBR_THR_DLL)).isZero();
        assertThat(uart.read(LSR) & LSR_ERRORS).isZero();
        assertThat(uart.read(RBR_THR_DLL)).isEqualTo('x');
    }

    @Test
    void resetReceiverFifo_discardsCharactersAndTheirErrorsButNotOverrun() {
        uart.write(IIR_FCR, FIFOS_ON);
        enableInterrupts(IER_RECEIVED_DATA);
        uart.receiveDamaged('x', true, false);
        receiveMany(16);
        uart.receiveTimeout();

        uart.write(IIR_FCR, FCR_ENABLE | FCR_RESET_RECEIVER);

        assertThat(uart.read(LSR)).isEqualTo(0x60 | LSR_OVERRUN);
        assertThat(interrupt.asserted()).isFalse();
        assertThat(uart.receiveRoom()).isEqualTo(16);
        assertThat(uart.counters().receiveDiscarded()).isEqualTo(16);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void writeFifoControl_changingMode_discardsWhatWasReceived(boolean fifosAtFirst) {
        uart.write(IIR_FCR, fifosAtFirst ? FIFOS_ON : 0);
        uart.receive('x');

        uart.write(IIR_FCR, fifosAtFirst ? 0 : FIFOS_ON);

        assertThat(uart.read(LSR) & LSR_DATA_READY).isZero();
        assertThat(uart.counters().receiveDiscarded()).isEqualTo(1);
    }

    @Test
    void writeFifoControl_raisingTriggerLevel_withdrawsTheInterrupt() {
        uart.write(IIR_FCR, TRIGGER_4);
        enableInterrupts(IER_RECEIVED_DATA);
        receiveMany(5);

        uart.write(IIR_FCR, TRIGGER_8);

        assertThat(interrupt.asserted()).isFalse();
        assertThat(uart.receiveRoom()).isEqualTo(11);
    }
}
