// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static dev.umbra.shadowdevices.input.I8042Registers.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.shadowdevices.serial.FakeInterruptLine;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;

/**
 * A guest's drivers that know registers and interrupts only. They do in order what those of Linux do for the controller, and talk
 * to the devices by bytes that interrupts bring.
 */
final class LinuxDriver {
    private static final int FLUSH_LIMIT = 16;
    private static final int INTERRUPT_LIMIT = 1000;

    private final I8042 device;
    private final FakeInterruptLine keyboardLine;
    private final FakeInterruptLine auxLine;
    private final Queue<Integer> fromKeyboard = new ArrayDeque<>();
    private final Queue<Integer> fromMouse = new ArrayDeque<>();
    private int control;

    LinuxDriver(I8042 device, FakeInterruptLine keyboardLine, FakeInterruptLine auxLine) {
        this.device = device;
        this.keyboardLine = keyboardLine;
        this.auxLine = auxLine;
    }

    int status() {
        return device.read(STATUS_COMMAND);
    }

    int flush() {
        int count = 0;
        while ((status() & STATUS_OUTPUT_FULL) != 0 && count < FLUSH_LIMIT) {
            device.read(DATA);
            count++;
        }
        return count;
    }

    void command(int command, int... parameters) {
        device.write(STATUS_COMMAND, command);
        for (int parameter : parameters) {
            device.write(DATA, parameter);
        }
    }

    int ask(int command, int... parameters) {
        command(command, parameters);
        assertThat(status() & STATUS_OUTPUT_FULL).as("answer to %02x", command).isNotZero();
        if (command == WRITE_AUX_OUTPUT) {
            assertThat(status() & STATUS_AUX_OUTPUT_FULL).isNotZero();
        }
        return device.read(DATA);
    }

    private void writeControl() {
        command(WRITE_CONTROL, control);
    }

    /** The whole probe of the controller, up to both ports ready. */
    void probeController() {
        assertThat(flush()).isLessThan(FLUSH_LIMIT);
        assertThat(ask(SELF_TEST)).isEqualTo(SELF_TEST_PASSED);
        control = ask(READ_CONTROL);
        assertThat(ask(READ_CONTROL)).as("read twice alike").isEqualTo(control);
        control |= CONTROL_KEYBOARD_DISABLED;
        control &= ~CONTROL_KEYBOARD_INTERRUPT;
        assertThat(status() & STATUS_NOT_INHIBITED).as("keyboard lock").isNotZero();
        writeControl();
        flush();

        probeAux();
        assertThat(hasMultiplexer()).isFalse();
        control = control & ~CONTROL_AUX_DISABLED | CONTROL_AUX_INTERRUPT;
        writeControl();
        control = control & ~CONTROL_KEYBOARD_DISABLED | CONTROL_KEYBOARD_INTERRUPT;
        writeControl();
        keyboardLine.takeEdge();
        auxLine.takeEdge();
    }

    private void probeAux() {
        flush();
        assertThat(ask(WRITE_AUX_OUTPUT, 0x5a)).isEqualTo(0x5a);
        command(DISABLE_AUX);
        assertThat(ask(READ_CONTROL) & CONTROL_AUX_DISABLED).isNotZero();
        command(ENABLE_AUX);
        assertThat(ask(READ_CONTROL) & CONTROL_AUX_DISABLED).isZero();

        control = control & ~CONTROL_AUX_DISABLED | CONTROL_AUX_INTERRUPT;
        writeControl();
        auxLine.takeEdge();
        command(WRITE_AUX_OUTPUT, 0xa5);
        assertThat(auxLine.takeEdge()).as("interrupt of the loopback").isTrue();
        assertThat(status() & (STATUS_OUTPUT_FULL | STATUS_AUX_OUTPUT_FULL))
                .isEqualTo(STATUS_OUTPUT_FULL | STATUS_AUX_OUTPUT_FULL);
        assertThat(device.read(DATA)).isEqualTo(0xa5);

        control = control | CONTROL_AUX_DISABLED;
        control &= ~CONTROL_AUX_INTERRUPT;
        writeControl();
    }

    private boolean hasMultiplexer() {
        flush();
        assertThat(ask(WRITE_AUX_OUTPUT, 0xf0)).isEqualTo(0xf0);
        assertThat(ask(WRITE_AUX_OUTPUT, 0x56)).isEqualTo(0x56);
        return ask(WRITE_AUX_OUTPUT, 0xa4) != 0xa4;
    }

    /** Serves interrupts, one byte for each edge, until there are no more. */
    void serveInterrupts() {
        for (int count = 0; count < INTERRUPT_LIMIT; count++) {
            boolean keyboardEdge = keyboardLine.takeEdge();
            boolean auxEdge = auxLine.takeEdge();
            if (!keyboardEdge && !auxEdge) {
                assertThat(status() & STATUS_OUTPUT_FULL)
                        .as("byte without an interrupt")
                        .isZero();
                return;
            }
            int status = status();
            assertThat(status & STATUS_OUTPUT_FULL)
                    .as("interrupt without a byte")
                    .isNotZero();
            boolean aux = (status & STATUS_AUX_OUTPUT_FULL) != 0;
            assertThat(aux ? auxEdge : keyboardEdge).isTrue();
            (aux ? fromMouse : fromKeyboard).add(device.read(DATA));
        }
        throw new AssertionError("interrupts without end");
    }

    /** Writes bytes to the keyboard, each of which it must acknowledge, and returns what it answers then. */
    List<Integer> keyboard(int... bytes) {
        for (int value : bytes) {
            device.write(DATA, value);
            serveInterrupts();
            assertThat(fromKeyboard.poll()).as("acknowledgement of %02x", value).isEqualTo(Ps2.ACKNOWLEDGE);
        }
        return takeAll(fromKeyboard);
    }

    /** Writes bytes to the mouse, each of which it must acknowledge, and returns what it answers then. */
    List<Integer> mouse(int... bytes) {
        for (int value : bytes) {
            command(WRITE_AUX, value);
            serveInterrupts();
            assertThat(fromMouse.poll()).as("acknowledgement of %02x", value).isEqualTo(Ps2.ACKNOWLEDGE);
        }
        return takeAll(fromMouse);
    }

    /** Writes a byte to the mouse that it must refuse. */
    void mouseRefuses(int value) {
        command(WRITE_AUX, value);
        serveInterrupts();
        assertThat(takeAll(fromMouse)).containsExactly(Ps2.RESEND);
    }

    List<Integer> keyboardBytes() {
        serveInterrupts();
        return takeAll(fromKeyboard);
    }

    List<Integer> mouseBytes() {
        serveInterrupts();
        return takeAll(fromMouse);
    }

    private static List<Integer> takeAll(Queue<Integer> queue) {
        List<Integer> taken = new ArrayList<>(queue);
        queue.clear();
        return taken;
    }

    static List<Integer> bytes(int... values) {
        return Arrays.stream(values).boxed().toList();
    }
}
