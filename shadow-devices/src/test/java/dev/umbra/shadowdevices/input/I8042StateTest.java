// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static dev.umbra.shadowdevices.input.I8042Registers.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import dev.umbra.shadowdevices.DeviceStateException;
import dev.umbra.shadowdevices.DeviceStateException.Reason;
import dev.umbra.shadowdevices.input.VmwarePointer.Registers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class I8042StateTest extends I8042Test {
    private static final int SAVES = 200_000;
    private static final int NOISE_BYTES = 64 * 1024;

    private void prepareBusyDevice() {
        enableMouse();
        toKeyboard(Ps2.KEYBOARD_SET_LEDS, 0x05);
        expect(Ps2.ACKNOWLEDGE, Ps2.ACKNOWLEDGE);
        translate();
        device.key(A, true);
        device.key(0xcb, true);
        device.pointerAbsolute(0, 0, 0, 0);
        device.pointerAbsolute(640, 854, 0, PointerButtons.LEFT);
        device.vmwarePointer().call(new Registers(0x564d5868, 0x45414552, 41, VmwarePointer.PORT));
        command(READ_CONTROL);
    }

    private byte[] saved() {
        byte[] bytes = new byte[I8042State.SIZE];
        device.save(MemorySegment.ofArray(bytes));
        return bytes;
    }

    private static String hex(byte[] bytes, int from, int to) {
        return HexFormat.of().formatHex(bytes, from, to);
    }

    @Test
    void save_knownDevice_givesTheDocumentedBytes() {
        prepareBusyDevice();

        byte[] bytes = saved();

        assertThat(hex(bytes, 0, 16)).isEqualTo("3830343202005803" + "430055" + "1e" + "43" + "000000");
        assertThat(hex(bytes, 16, 40)).isEqualTo("02010500001c0001" + "0000000000000000" + "0000000000000000");
        assertThat(hex(bytes, 40, 72)).isEqualTo("00000040" + "0".repeat(42) + "08" + "0".repeat(12));
        assertThat(hex(bytes, 104, 108)).isEqualTo("cb000000");
        assertThat(hex(bytes, 232, 256)).isEqualTo("000102640000" + "00fa" + "000100" + "010100" + "0".repeat(20));
        assertThat(hex(bytes, 264, 272)).isEqualTo("290af600" + "00000000");
        assertThat(hex(bytes, 328, 352))
                .isEqualTo("01010000" + "80020000" + "56030000" + "00000000" + "4a554234" + "00000000");
    }

    @Test
    void restore_stateOfBusyDevice_isEqualAndTellsOutputs() {
        prepareBusyDevice();
        I8042State state = device.state();
        listener.events().clear();
        device.powerOn();

        device.restore(state);

        assertThat(device.state()).isEqualTo(state);
        assertThat(keyboardLine.asserted()).isTrue();
        assertThat(listener.events()).containsExactly("leds 0", "leds 5");
        expect(0x1e, 0x43, 0xe0, 0x4b, 0x29, 10, 0xf6);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0x01, WRONG_DEVICE",
        "4, 0x02, UNSUPPORTED_VERSION",
        "6, 0x01, OUT_OF_RANGE",
        "8, 0x80, OUT_OF_RANGE",
        "9, 0x01, OUT_OF_RANGE",
        "10, 0x80, RESERVED_NOT_ZERO",
        "10, 0x01, CONTRADICTION",
        "13, 0x01, RESERVED_NOT_ZERO",
        "16, 0x01, OUT_OF_RANGE",
        "17, 0x01, CONTRADICTION",
        "18, 0x08, OUT_OF_RANGE",
        "19, 0x01, RESERVED_NOT_ZERO",
        "20, 0x01, OUT_OF_RANGE",
        "22, 0x10, OUT_OF_RANGE",
        "23, 0x40, OUT_OF_RANGE",
        "24, 0x07, OUT_OF_RANGE",
        "25, 0x01, RESERVED_NOT_ZERO",
        "26, 0x01, CONTRADICTION",
        "32, 0x01, CONTRADICTION",
        "40, 0x01, OUT_OF_RANGE",
        "72, 0x04, CONTRADICTION",
        "105, 0x20, OUT_OF_RANGE",
        "106, 0x01, RESERVED_NOT_ZERO",
        "232, 0x01, OUT_OF_RANGE",
        "233, 0x01, CONTRADICTION",
        "233, 0x40, RESERVED_NOT_ZERO",
        "234, 0x04, OUT_OF_RANGE",
        "235, 0x83, OUT_OF_RANGE",
        "238, 0x01, OUT_OF_RANGE",
        "241, 0x10, OUT_OF_RANGE",
        "242, 0x03, OUT_OF_RANGE",
        "243, 0x20, OUT_OF_RANGE",
        "244, 0x02, CONTRADICTION",
        "246, 0x01, CONTRADICTION",
        "247, 0x02, OUT_OF_RANGE",
        "264, 0x08, OUT_OF_RANGE",
        "328, 0x04, OUT_OF_RANGE",
        "328, 0x01, CONTRADICTION",
        "329, 0x80, OUT_OF_RANGE",
        "334, 0x01, OUT_OF_RANGE",
        "348, 0x01, RESERVED_NOT_ZERO"
    })
    void decode_damagedState_isRefusedWithTheReason(int offset, int damage, Reason reason) {
        prepareBusyDevice();
        byte[] bytes = saved();
        bytes[offset] ^= (byte) damage;

        DeviceStateException refusal =
                catchThrowableOfType(DeviceStateException.class, () -> I8042State.decode(MemorySegment.ofArray(bytes)));

        assertThat(refusal).isNotNull();
        assertThat(refusal.reason()).isEqualTo(reason);
    }

    @Test
    void decode_truncatedState_isRefused() {
        byte[] bytes = Arrays.copyOf(saved(), I8042State.SIZE - 1);

        assertThatThrownBy(() -> I8042State.decode(MemorySegment.ofArray(bytes)))
                .isInstanceOf(DeviceStateException.class)
                .hasMessageContaining("TRUNCATED");
    }

    @Test
    void toString_ofAnyPart_showsNoKeystrokeAndNoPosition() {
        I8042State empty = device.state();
        translate();
        String before = device.state().toString();
        device.key(A, true);
        device.read(DATA);
        device.key(A, false);
        device.read(DATA);

        assertThat(device.state()).isNotEqualTo(empty);
        assertThat(device.state().toString()).isEqualTo(before);
    }

    @Test
    void save_intoMappedMemory_allocatesNothing() {
        prepareBusyDevice();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(I8042State.SIZE);
            save(segment);

            long before = threads.getCurrentThreadAllocatedBytes();
            save(segment);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;

            assertThat(allocated).isLessThan(NOISE_BYTES);
            assertThat(I8042State.decode(segment)).isEqualTo(device.state());
        }
    }

    private void save(MemorySegment segment) {
        for (int count = 0; count < SAVES; count++) {
            device.save(segment);
        }
    }
}
