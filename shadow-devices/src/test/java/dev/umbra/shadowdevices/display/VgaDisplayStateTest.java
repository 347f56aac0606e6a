// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

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

class VgaDisplayStateTest extends VgaTest {
    @Test
    void save_textMode_givesTheDocumentedBytes() {
        VgaMode.TEXT.program(display);
        setColour(1, 1, 2, 3);
        display.portWrite(0x3c9, 1, 4);

        assertThat(HexFormat.of().formatHex(saved(), 0, 120))
                .isEqualTo(
                        "5556474101007803" // magic, version, size
                                + "6700" // miscellaneous, feature control
                                + "040818200101" // indices; flags, input status
                                + "0300030002" // sequencer
                                + "0000000000100e0fff" // graphics controller
                                + "5f4f50825581bf1f004f0d0e000000009c8e8f281f96b9a3ff" // CRT controller
                                + "000102030405140738393a3b3c3d3e3f0c000f0800" // attribute controller
                                + "ff0002010400" // DAC: mask, indices, component, pending
                                + "0000" // reserved
                                + "00000000" // latches
                                + "0000" // DISPI index
                                + "c5b0000000000000000000000000000000000000" // DISPI
                                + "0000" // reserved
                                + "0000000102030000"); // palette
    }

    @Test
    void restore_intoAnotherDisplay_isEqual() {
        VgaMode.PLANAR_640.program(display);
        VgaDisplay other = new VgaDisplay(MemorySegment.ofArray(new byte[VgaDisplay.PLANE_MEMORY_SIZE]), frameBuffer);

        other.restore(VgaDisplayState.decode(MemorySegment.ofArray(saved())));

        assertThat(other.state()).isEqualTo(display.state()).hasSameHashCodeAs(display.state());
    }

    @Test
    void restore_modeBeyondTheMemory_isCut() {
        dispi(DispiRegisters.WIDTH, 1024);
        dispi(DispiRegisters.HEIGHT, 1024);
        dispi(DispiRegisters.DEPTH, 32);
        dispi(DispiRegisters.ENABLE, 1);
        VgaDisplay smaller = new VgaDisplay(
                MemorySegment.ofArray(new byte[VgaDisplay.PLANE_MEMORY_SIZE]), new FakeFrameBuffer(1 << 20));

        smaller.restore(display.state());

        assertThat(smaller.registerRead(0x500 + 2 * DispiRegisters.HEIGHT, 2)).isEqualTo(256);
    }

    @Test
    void save_shorterSegment_isTheCallersError() {
        MemorySegment segment = MemorySegment.ofArray(new byte[VgaDisplayState.SIZE - 1]);

        assertThatThrownBy(() -> display.save(segment)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void decode_shorterSegment_isTruncated() {
        assertThat(refusal(Arrays.copyOf(saved(), VgaDisplayState.SIZE - 1))).isEqualTo(Reason.TRUNCATED);
    }

    @Test
    void decode_longerSegment_ignoresTheRest() {
        byte[] bytes = Arrays.copyOf(saved(), 4096);
        bytes[VgaDisplayState.SIZE] = 1;

        assertThat(VgaDisplayState.decode(MemorySegment.ofArray(bytes))).isEqualTo(display.state());
    }

    @ParameterizedTest(name = "byte {0} = {1}: {2}")
    @CsvSource({
        "0, 0x00, WRONG_DEVICE",
        "4, 0x02, UNSUPPORTED_VERSION",
        "6, 0x77, OUT_OF_RANGE",
        "9, 0x04, OUT_OF_RANGE",
        "13, 0x40, OUT_OF_RANGE",
        "14, 0x08, RESERVED_NOT_ZERO",
        "15, 0x04, OUT_OF_RANGE",
        "16, 0x04, OUT_OF_RANGE",
        "26, 0x80, OUT_OF_RANGE",
        "55, 0x40, OUT_OF_RANGE",
        "79, 0x03, OUT_OF_RANGE",
        "80, 0x01, RESERVED_NOT_ZERO",
        "81, 0x01, RESERVED_NOT_ZERO",
        "82, 0x01, RESERVED_NOT_ZERO",
        "90, 0xc6, OUT_OF_RANGE",
        "98, 0x04, OUT_OF_RANGE",
        "98, 0x01, OUT_OF_RANGE",
        "111, 0x01, RESERVED_NOT_ZERO",
        "881, 0xff, OUT_OF_RANGE",
        "883, 0x00, OUT_OF_RANGE",
        "887, 0x01, RESERVED_NOT_ZERO"
    })
    void decode_freshDisplayWithOneByteChanged_isRefused(int offset, int value, Reason reason) {
        byte[] bytes = saved();
        bytes[offset] = (byte) value;

        assertThat(refusal(bytes)).isEqualTo(reason);
    }

    @ParameterizedTest(name = "byte {0} = {1}: {2}")
    @CsvSource({
        "92, 0x00, OUT_OF_RANGE", // no width
        "93, 0x21, OUT_OF_RANGE", // too wide
        "94, 0x00, OUT_OF_RANGE", // no height
        "95, 0x1f, OUT_OF_RANGE", // too many pixels
        "96, 0x07, OUT_OF_RANGE", // no such depth
        "103, 0x41, OUT_OF_RANGE", // rows too long
        "103, 0x00, CONTRADICTION" // rows shorter than the width
    })
    void decode_linearModeWithOneByteChanged_isRefused(int offset, int value, Reason reason) {
        dispi(DispiRegisters.WIDTH, 0x800);
        dispi(DispiRegisters.HEIGHT, 0x80);
        dispi(DispiRegisters.DEPTH, 8);
        dispi(DispiRegisters.ENABLE, 1);
        byte[] bytes = saved();
        bytes[offset] = (byte) value;
        if (offset == 92 || offset == 94) {
            bytes[offset + 1] = 0;
        }

        assertThat(refusal(bytes)).isEqualTo(reason);
    }

    private byte[] saved() {
        byte[] bytes = new byte[VgaDisplayState.SIZE];
        display.save(MemorySegment.ofArray(bytes));
        return bytes;
    }

    private static Reason refusal(byte[] bytes) {
        return catchThrowableOfType(
                        DeviceStateException.class, () -> VgaDisplayState.decode(MemorySegment.ofArray(bytes)))
                .reason();
    }
}
