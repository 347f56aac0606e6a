// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static dev.umbra.shadowdevices.input.I8042Registers.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.shadowdevices.serial.FakeInterruptLine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** A controller with its surroundings, and the check that it is sound after each test. */
abstract class I8042Test {
    static final int A = 0x1e;

    final FakeInterruptLine keyboardLine = new FakeInterruptLine();
    final FakeInterruptLine auxLine = new FakeInterruptLine();
    final RecordingListener listener = new RecordingListener();
    final I8042 device = new I8042(keyboardLine, auxLine, listener);

    @AfterEach
    final void checkInvariant() {
        device.invariant();
    }

    final void command(int command, int... parameters) {
        device.write(STATUS_COMMAND, command);
        for (int parameter : parameters) {
            device.write(DATA, parameter);
        }
    }

    final int status() {
        return device.read(STATUS_COMMAND);
    }

    /** Everything that there is to read, whatever its source. */
    final List<Integer> drain() {
        List<Integer> bytes = new ArrayList<>();
        while ((status() & STATUS_OUTPUT_FULL) != 0) {
            bytes.add(device.read(DATA));
        }
        return bytes;
    }

    final void expect(int... bytes) {
        assertThat(drain())
                .containsExactlyElementsOf(Arrays.stream(bytes).boxed().toList());
    }

    final void toKeyboard(int... bytes) {
        for (int value : bytes) {
            device.write(DATA, value);
        }
    }

    final void toMouse(int... bytes) {
        for (int value : bytes) {
            command(WRITE_AUX, value);
        }
    }

    final void type(int key) {
        device.key(key, true);
        device.key(key, false);
    }

    final void translate() {
        command(WRITE_CONTROL, CONTROL_KEYBOARD_INTERRUPT | CONTROL_AUX_INTERRUPT | CONTROL_TRANSLATE);
    }

    final void enableMouse() {
        toMouse(Ps2.ENABLE);
        expect(Ps2.ACKNOWLEDGE);
    }
}
