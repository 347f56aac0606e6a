// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static dev.umbra.shadowdevices.input.I8042Registers.*;
import static dev.umbra.shadowdevices.input.LinuxDriver.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.shadowdevices.input.VmwarePointer.Registers;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The probes of Linux's i8042, atkbd, psmouse and vmmouse, byte by byte, after a firmware that has switched translation on. */
class LinuxDriverTest extends I8042Test {
    private static final int MAGIC = 0x564d5868;
    private static final int GET_VERSION = 10;
    private static final int DATA_WORDS = 39;
    private static final int STATUS = 40;
    private static final int COMMAND = 41;
    private static final int ENABLE = 0x45414552;
    private static final int DISABLE = 0xf5;
    private static final int REQUEST_ABSOLUTE = 0x53424152;
    private static final int POINTER_VERSION = 0x3442554a;
    private static final int ERROR = 0xffff0000;

    private final LinuxDriver linux = new LinuxDriver(device, keyboardLine, auxLine);

    @BeforeEach
    void firmware() {
        command(DISABLE_KEYBOARD);
        command(DISABLE_AUX);
        command(SELF_TEST);
        expect(SELF_TEST_PASSED);
        command(TEST_KEYBOARD);
        expect(INTERFACE_TEST_PASSED);
        command(ENABLE_KEYBOARD);
        toKeyboard(Ps2.RESET);
        expect(Ps2.ACKNOWLEDGE, Ps2.SELF_TEST_PASSED);
        toKeyboard(Ps2.DISABLE);
        expect(Ps2.ACKNOWLEDGE);
        toKeyboard(Ps2.KEYBOARD_SCAN_CODE_SET);
        expect(Ps2.ACKNOWLEDGE);
        toKeyboard(Keyboard.SECOND_SCAN_CODE_SET);
        expect(Ps2.ACKNOWLEDGE);
        command(WRITE_CONTROL, CONTROL_TRANSLATE | CONTROL_AUX_DISABLED | CONTROL_KEYBOARD_INTERRUPT);
        toKeyboard(Ps2.ENABLE);
        expect(Ps2.ACKNOWLEDGE);
        linux.probeController();
    }

    private void probeKeyboard() {
        assertThat(linux.keyboard(Ps2.IDENTIFY)).isEqualTo(bytes(0xab, 0x41));
        assertThat(linux.keyboard(Ps2.DISABLE)).isEmpty();
        assertThat(linux.keyboard(Ps2.KEYBOARD_SET_LEDS, 0)).isEmpty();
        assertThat(linux.keyboard(Ps2.SET_RATE, 0)).isEmpty();
        assertThat(linux.keyboard(Ps2.ENABLE)).isEmpty();
    }

    private void resetMouse() {
        assertThat(linux.mouse(Ps2.RESET)).isEqualTo(bytes(0xaa, 0x00));
    }

    private int identify() {
        return linux.mouse(Ps2.IDENTIFY).getFirst();
    }

    private void knock(int first, int second, int third) {
        linux.mouse(Ps2.SET_RATE, first);
        linux.mouse(Ps2.SET_RATE, second);
        linux.mouse(Ps2.SET_RATE, third);
    }

    /** The probes for touchpads, which a plain mouse must survive. */
    private void probeMouse() {
        assertThat(identify()).isZero();
        assertThat(linux.mouse(Ps2.DISABLE)).isEmpty();
        for (int nibble = 0; nibble < 4; nibble++) {
            linux.mouse(Ps2.MOUSE_SET_RESOLUTION, 0);
        }
        assertThat(linux.mouse(Ps2.MOUSE_STATUS_REQUEST)).isEqualTo(bytes(0x00, 0x00, 100));
        linux.mouse(Ps2.MOUSE_SET_RESOLUTION, 3);
        linux.mouse(Ps2.MOUSE_SCALING_1_TO_1);
        linux.mouse(Ps2.MOUSE_SCALING_1_TO_1);
        linux.mouse(Ps2.MOUSE_SCALING_1_TO_1);
        assertThat(linux.mouse(Ps2.MOUSE_STATUS_REQUEST)).isEqualTo(bytes(0x00, 0x03, 100));
        linux.mouseRefuses(0xe1);
        resetMouse();
    }

    private void startMouse() {
        linux.mouse(Ps2.SET_RATE, 100);
        linux.mouse(Ps2.MOUSE_SET_RESOLUTION, 3);
        linux.mouse(Ps2.MOUSE_SCALING_1_TO_1);
        linux.mouse(Ps2.ENABLE);
    }

    private Registers call(int command, int argument) {
        return device.vmwarePointer().call(new Registers(MAGIC, argument, command, 0x5658));
    }

    @Test
    void atkbd_afterTheProbe_readsKeys() {
        probeKeyboard();

        type(A);
        assertThat(linux.keyboardBytes()).isEqualTo(bytes(0x1e, 0x9e));
        type(0xcb);
        assertThat(linux.keyboardBytes()).isEqualTo(bytes(0xe0, 0x4b, 0xe0, 0xcb));
        assertThat(linux.keyboard(Ps2.KEYBOARD_SET_LEDS, 0x02)).isEmpty();
        assertThat(device.leds()).isEqualTo(2);
    }

    @Test
    void atkbd_withReset_readsTheSelfTest() {
        assertThat(linux.keyboard(Ps2.RESET)).isEqualTo(bytes(0xaa));
        probeKeyboard();
    }

    @Test
    void atkbd_untranslated_readsSetTwo() {
        linux.command(WRITE_CONTROL, CONTROL_KEYBOARD_INTERRUPT | CONTROL_AUX_INTERRUPT);

        assertThat(linux.keyboard(Ps2.IDENTIFY)).isEqualTo(bytes(0xab, 0x83));
        type(A);
        assertThat(linux.keyboardBytes()).isEqualTo(bytes(0x1c, 0xf0, 0x1c));
    }

    @Test
    void psmouse_afterTheExplorerProbe_readsWheelAndFiveButtons() {
        probeKeyboard();
        probeMouse();
        knock(200, 100, 80);
        knock(200, 200, 80);
        assertThat(identify()).isEqualTo(Mouse.EXPLORER);
        startMouse();

        device.pointerMotion(3, 5, -1, PointerButtons.LEFT | PointerButtons.FIFTH);

        assertThat(linux.mouseBytes()).isEqualTo(bytes(0x29, 0x03, 0xfb, 0x2f));
    }

    @Test
    void psmouse_afterTheIntelliMouseProbe_readsTheWheel() {
        probeMouse();
        knock(200, 100, 80);
        assertThat(identify()).isEqualTo(Mouse.INTELLIMOUSE);
        startMouse();

        device.pointerMotion(0, 0, 1, 0);

        assertThat(linux.mouseBytes()).isEqualTo(bytes(0x08, 0x00, 0x00, 0x01));
    }

    @Test
    void vmmouse_afterTheProbe_readsPositions() {
        Registers version = call(GET_VERSION, 0);
        assertThat(version.ebx()).isEqualTo(MAGIC);
        assertThat(version.eax()).isNotEqualTo(-1);
        probeMouse();
        resetMouse();
        call(COMMAND, ENABLE);
        assertThat(call(STATUS, 0).eax() & 0xffff).isEqualTo(1);
        assertThat(call(DATA_WORDS, 1).eax()).isEqualTo(POINTER_VERSION);
        call(86, 1);
        call(COMMAND, REQUEST_ABSOLUTE);
        startMouse();
        assertThat(device.isAbsolute()).isTrue();

        device.pointerAbsolute(1000, 65535, -1, PointerButtons.LEFT);
        device.pointerAbsolute(1001, 2, 0, PointerButtons.RIGHT | PointerButtons.MIDDLE);

        assertThat(linux.mouseBytes()).as("one packet tells of both").isEqualTo(bytes(0x08, 0x00, 0x00));
        assertThat(call(STATUS, 0).eax()).isEqualTo(8);
        assertThat(call(DATA_WORDS, 4)).isEqualTo(new Registers(0x20, 1000, 65535, -1));
        assertThat(call(DATA_WORDS, 4)).isEqualTo(new Registers(0x18, 1001, 2, 0));
        assertThat(call(STATUS, 0).eax()).isZero();

        call(COMMAND, DISABLE);
        assertThat(call(STATUS, 0).eax() & ERROR).isEqualTo(ERROR);
        resetMouse();
        assertThat(device.isAbsolute()).isFalse();
    }
}
