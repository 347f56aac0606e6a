// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static dev.umbra.shadowdevices.serial.UartRegisters.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.umbra.shadowdevices.DeviceStateException;
import dev.umbra.shadowdevices.DeviceStateException.Reason;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Uart16550StateTest extends UartTest {
    @Test
    void save_knownDevice_givesTheDocumentedBytes() {
        prepareBusyDevice();

        assertThat(HexFormat.of().formatHex(saved()))
                .isEqualTo(
                        "5535353001004800" // magic, version, size
                                + "0dc11b0b" // interrupt enable, FIFO, line and modem control
                                + "5a041120" // scratch, line errors, modem status, flags
                                + "0c0062020100" // divisor, shift register, FIFO sizes
                                + "0000" // reserved
                                + "78790000000000000000000000000000" // received
                                + "00080000000000000000000000000000" // their errors
                                + "63000000000000000000000000000000"); // to transmit
    }

    @Test
    void restore_stateOfBusyDevice_isEqualAndTellsOutputs() {
        prepareBusyDevice();
        FakeInterruptLine otherInterrupt = new FakeInterruptLine();
        FakeTransmitter otherLine = new FakeTransmitter();
        Uart16550 other = new Uart16550(otherInterrupt, otherLine);

        other.restore(uart.state());

        assertThat(other.state()).isEqualTo(uart.state());
        assertThat(otherInterrupt.asserted()).isEqualTo(interrupt.asserted()).isTrue();
        assertThat(otherLine.events()).containsExactly("dtr true rts true");
        assertThat(otherLine.offers()).isZero();
        other.transmitterReady();
        assertThat(otherLine.taken()).containsExactly('b', 'c');
        other.invariant();
    }

    @Test
    void restore_intoUsedDevice_replacesEverything() {
        Uart16550State fresh = uart.state();
        prepareBusyDevice();

        uart.restore(fresh);

        assertThat(uart.state()).isEqualTo(fresh);
        assertThat(interrupt.asserted()).isFalse();
        assertThat(line.events()).containsExactly("dtr true rts true", "dtr false rts false");
    }

    @Test
    void save_shorterSegment_isTheCallersError() {
        MemorySegment segment = MemorySegment.ofArray(new byte[Uart16550State.SIZE - 1]);

        assertThatThrownBy(() -> uart.save(segment)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void decode_shorterSegment_isTruncated() {
        assertThat(refusal(Arrays.copyOf(saved(), Uart16550State.SIZE - 1))).isEqualTo(Reason.TRUNCATED);
    }

    @Test
    void decode_longerSegment_ignoresTheRest() {
        byte[] bytes = Arrays.copyOf(saved(), 4096);
        bytes[Uart16550State.SIZE] = 1;

        assertThat(Uart16550State.decode(MemorySegment.ofArray(bytes))).isEqualTo(uart.state());
    }

    @ParameterizedTest(name = "byte {0} = {1}: {2}")
    @CsvSource({
        "0, 0x00, WRONG_DEVICE",
        "4, 0x02, UNSUPPORTED_VERSION",
        "5, 0x01, UNSUPPORTED_VERSION",
        "6, 0x47, OUT_OF_RANGE",
        "8, 0x10, OUT_OF_RANGE",
        "9, 0x02, OUT_OF_RANGE",
        "9, 0x40, CONTRADICTION",
        "11, 0x20, OUT_OF_RANGE",
        "13, 0x01, OUT_OF_RANGE",
        "15, 0x42, RESERVED_NOT_ZERO",
        "15, 0x03, CONTRADICTION",
        "15, 0x00, CONTRADICTION",
        "15, 0x0a, CONTRADICTION",
        "18, 0x41, RESERVED_NOT_ZERO",
        "19, 0x02, CONTRADICTION",
        "19, 0x11, OUT_OF_RANGE",
        "20, 0x01, CONTRADICTION",
        "20, 0xff, OUT_OF_RANGE",
        "21, 0x01, RESERVED_NOT_ZERO",
        "23, 0x80, RESERVED_NOT_ZERO",
        "24, 0x01, RESERVED_NOT_ZERO",
        "39, 0x01, RESERVED_NOT_ZERO",
        "40, 0x04, RESERVED_NOT_ZERO",
        "56, 0x01, RESERVED_NOT_ZERO",
        "71, 0x01, RESERVED_NOT_ZERO"
    })
    void decode_freshDeviceWithOneByteChanged_isRefused(int offset, int value, Reason reason) {
        byte[] bytes = saved();
        bytes[offset] = (byte) value;

        assertThat(refusal(bytes)).isEqualTo(reason);
    }

    @ParameterizedTest(name = "byte {0} = {1}: {2}")
    @CsvSource({
        "11, 0x1b, CONTRADICTION", // loopback with a refused character
        "15, 0x36, CONTRADICTION", // THRE with characters in the FIFO
        "15, 0x10, CONTRADICTION", // characters in the FIFO with an idle shift register
        "40, 0x04, CONTRADICTION", // errors of the oldest character not yet shown
        "41, 0x02, OUT_OF_RANGE" // overrun as the error of a character
    })
    void decode_busyDeviceWithOneByteChanged_isRefused(int offset, int value, Reason reason) {
        prepareBusyDevice();
        byte[] bytes = saved();
        bytes[UartStateLayout.SHIFT_REGISTER_OFFSET] = offset == 15 && (value & 0x20) == 0 ? 0 : bytes[18];
        bytes[offset] = (byte) value;

        assertThat(refusal(bytes)).isEqualTo(reason);
    }

    @Test
    void toString_withCharacters_showsNone() {
        uart.write(IIR_FCR, FIFOS_ON);
        uart.receive(222);
        uart.receive(233);
        line.takeOnly(0);
        uart.write(RBR_THR_DLL, 244);

        assertThat(uart.state().toString()).doesNotContain("222", "233", "244");
    }

    /** FIFOs on, two received (the first damaged), 'a' sent, 'b' refused, 'c' behind it. */
    private void prepareBusyDevice() {
        uart.write(IIR_FCR, TRIGGER_14);
        uart.write(LCR, 0x1b);
        uart.write(SCR, 0x5a);
        uart.write(MCR, MCR_OUT2 | MCR_DATA_TERMINAL_READY | MCR_REQUEST_TO_SEND);
        uart.write(IER_DLM, IER_MASK & ~IER_TRANSMITTER_HOLDING_EMPTY);
        uart.receiveDamaged('x', true, false);
        uart.receiveDamaged('y', false, true);
        uart.modemStatus(true, false, false, false);
        line.takeOnly(1);
        transmitMany(3);
    }

    private byte[] saved() {
        byte[] bytes = new byte[Uart16550State.SIZE];
        uart.save(MemorySegment.ofArray(bytes));
        return bytes;
    }

    private static Reason refusal(byte[] bytes) {
        return catchThrowableOfType(
                        DeviceStateException.class, () -> Uart16550State.decode(MemorySegment.ofArray(bytes)))
                .reason();
    }
}
