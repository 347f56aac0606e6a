// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static dev.umbra.shadowdevices.input.I8042Registers.*;
import static dev.umbra.shadowdevices.input.LinuxDriver.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What SeaBIOS and GRUB do to the keyboard, byte by byte. */
class FirmwareTest extends I8042Test {
    private static final int BOTH_OFF = CONTROL_KEYBOARD_DISABLED | CONTROL_AUX_DISABLED;

    private final LinuxDriver firmware = new LinuxDriver(device, keyboardLine, auxLine);

    /** SeaBIOS gives each command its own settings of the interfaces, waits for the acknowledgement and the answer. */
    private void biosCommand(int settings, int command, int... answers) {
        firmware.command(WRITE_CONTROL, BOTH_OFF);
        firmware.command(WRITE_CONTROL, CONTROL_AUX_DISABLED);
        toKeyboard(command);
        assertThat(device.read(DATA)).isEqualTo(Ps2.ACKNOWLEDGE);
        for (int answer : answers) {
            assertThat(status() & (STATUS_OUTPUT_FULL | STATUS_AUX_OUTPUT_FULL)).isEqualTo(STATUS_OUTPUT_FULL);
            assertThat(device.read(DATA)).isEqualTo(answer);
        }
        firmware.command(WRITE_CONTROL, settings);
    }

    private void bios() {
        firmware.flush();
        firmware.command(DISABLE_KEYBOARD);
        firmware.command(DISABLE_AUX);
        firmware.flush();
        assertThat(firmware.ask(SELF_TEST)).isEqualTo(SELF_TEST_PASSED);
        assertThat(firmware.ask(TEST_KEYBOARD)).isEqualTo(INTERFACE_TEST_PASSED);
        biosCommand(BOTH_OFF, Ps2.RESET, Ps2.SELF_TEST_PASSED);
        biosCommand(BOTH_OFF, Ps2.DISABLE);
        biosCommand(BOTH_OFF, Ps2.KEYBOARD_SCAN_CODE_SET);
        biosCommand(BOTH_OFF, Keyboard.SECOND_SCAN_CODE_SET);
        biosCommand(CONTROL_AUX_DISABLED | CONTROL_TRANSLATE | CONTROL_KEYBOARD_INTERRUPT, Ps2.ENABLE);
        keyboardLine.takeEdge();
    }

    @Test
    void seaBios_afterItsSetup_readsSetOneByInterrupt() {
        bios();

        type(A);
        type(0xc8);

        assertThat(firmware.keyboardBytes()).isEqualTo(bytes(0x1e, 0x9e, 0xe0, 0x48, 0xe0, 0xc8));
    }

    @Test
    void seaBios_afterAResetInTheMiddleOfAnything_startsOver() {
        firmware.probeController();
        toKeyboard(Ps2.KEYBOARD_SCAN_CODE_SET);
        command(WRITE_CONTROL);
        device.key(A, true);
        device.key(0x30, true);

        bios();
        type(A);

        assertThat(firmware.keyboardBytes()).isEqualTo(bytes(0x1e, 0x9e));
    }

    @Test
    void grub_afterItsSetup_pollsSetTwoAndRestoresWhatTheFirmwareHad() {
        bios();
        int original = firmware.ask(READ_CONTROL);
        firmware.command(
                WRITE_CONTROL,
                original & ~(CONTROL_TRANSLATE | CONTROL_KEYBOARD_DISABLED | CONTROL_KEYBOARD_INTERRUPT));
        toKeyboard(Ps2.KEYBOARD_SCAN_CODE_SET);
        expect(Ps2.ACKNOWLEDGE);
        toKeyboard(0);
        expect(Ps2.ACKNOWLEDGE, 2);
        toKeyboard(Ps2.KEYBOARD_SCAN_CODE_SET);
        expect(Ps2.ACKNOWLEDGE);
        toKeyboard(2);
        expect(Ps2.ACKNOWLEDGE);
        toKeyboard(Ps2.KEYBOARD_SET_LEDS);
        expect(Ps2.ACKNOWLEDGE);
        toKeyboard(2);
        expect(Ps2.ACKNOWLEDGE);

        type(A);
        expect(0x1c, 0xf0, 0x1c);

        firmware.command(WRITE_CONTROL, original);
        keyboardLine.takeEdge();
        type(A);
        assertThat(firmware.keyboardBytes()).isEqualTo(bytes(0x1e, 0x9e));
    }
}
