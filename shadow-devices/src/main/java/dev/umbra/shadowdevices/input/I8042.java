// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static dev.umbra.shadowdevices.input.I8042Registers.*;

import dev.umbra.shadowdevices.InterruptLine;
import dev.umbra.shadowdevices.PortDevice;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The keyboard controller of a PC with a keyboard, a mouse, and an absolute pointer beside them.
 *
 * <p><b>One byte at a time.</b> Between controller and processor there is one output buffer. It holds a byte of the keyboard, of
 * the mouse, or of the controller itself, and says which in the status register. The others wait where they are, in the devices'
 * queues and in one place for the controller's own answer, until that byte has been read. Then the next one moves up: first the
 * controller's answer, then the keyboard, then the mouse, each unless its interface is disabled. Commands are executed at once,
 * so the input buffer is never full.
 *
 * <p><b>Interrupts.</b> The lines follow the output buffer. Reading it makes them fall, and the next byte makes one rise again
 * within the same access, so that an edge-triggered interrupt controller sees an edge for each byte.
 *
 * <p><b>Translation.</b> Keyboards speak set 2, most software reads set 1; the controller translates between them. A release
 * prefix is swallowed and marks the byte after it.
 *
 * <p><b>Time.</b> There is none: no command takes any, and keys are repeated by whoever holds them.
 *
 * <p><b>What breaks it.</b> Calling back from a line or the listener; several threads. Not the guest: any register, value and call
 * is borne.
 */
public final class I8042 implements PortDevice {
    private static final int BYTE_MASK = 0xff;
    private static final int NO_SUCH_REGISTER = 0xff;
    private static final int IMPURE = -1;

    private final Keyboard keyboard = new Keyboard();
    private final Mouse mouse = new Mouse();
    private final VmwarePointer vmwarePointer = new VmwarePointer();
    private final PointerInput pointer = new PointerInput(mouse, vmwarePointer);
    private final OutputBuffer output;
    private final I8042Listener listener;

    private int control;
    private int awaiting;
    private boolean commandWritten;
    private boolean releasePrefix;
    private boolean addressLine20;
    private int toldLeds;

    private long unknownCommands;
    private long invalidAccesses;

    /** A controller after power-on, whose other outputs nobody hears. */
    public I8042(InterruptLine keyboardLine, InterruptLine auxLine) {
        this(keyboardLine, auxLine, I8042Listener.NONE);
    }

    /** A controller after power-on, with its outputs connected. */
    public I8042(InterruptLine keyboardLine, InterruptLine auxLine, I8042Listener listener) {
        this.output = new OutputBuffer(Objects.requireNonNull(keyboardLine), Objects.requireNonNull(auxLine));
        this.listener = Objects.requireNonNull(listener);
        control = CONTROL_POWER_ON;
        addressLine20 = true;
    }

    /** Puts controller, keyboard, mouse and pointer into the state after power-on. What waits is lost and counted. */
    public void powerOn() {
        keyboard.powerOn();
        mouse.powerOn();
        vmwarePointer.powerOn();
        pointer.forget();
        output.clear();
        control = CONTROL_POWER_ON;
        awaiting = 0;
        commandWritten = false;
        releasePrefix = false;
        settle();
        gateAddressLine20(true);
    }

    @Override
    public int read(int register) {
        int value = pureRead(register);
        if (value != IMPURE) {
            return value;
        }
        if (register != DATA) {
            invalidAccesses++;
            return NO_SUCH_REGISTER;
        }
        int data = output.take();
        settle();
        return data;
    }

    @Override
    public int pureRead(int register) {
        return switch (register) {
            case DATA -> output.isFull() ? IMPURE : output.data();
            case STATUS_COMMAND -> status();
            default -> IMPURE;
        };
    }

    private int status() {
        return STATUS_NOT_INHIBITED
                | (output.isFull() ? STATUS_OUTPUT_FULL : 0)
                | (output.isAux() ? STATUS_AUX_OUTPUT_FULL : 0)
                | ((control & CONTROL_SYSTEM) != 0 ? STATUS_SYSTEM : 0)
                | (commandWritten ? STATUS_COMMAND_WRITTEN : 0);
    }

    @Override
    public void write(int register, int value) {
        int written = value & BYTE_MASK;
        switch (register) {
            case DATA -> {
                commandWritten = false;
                int command = awaiting;
                awaiting = 0;
                writeData(command, written);
            }
            case STATUS_COMMAND -> {
                commandWritten = true;
                awaiting = takesParameter(written) ? written : 0;
                if (awaiting == 0) {
                    command(written);
                }
            }
            default -> invalidAccesses++;
        }
        settle();
    }

    private void writeData(int command, int value) {
        switch (command) {
            case WRITE_CONTROL -> control = value & CONTROL_MASK;
            case WRITE_OUTPUT_PORT -> {
                gateAddressLine20((value & OUTPUT_A20) != 0);
                if ((value & OUTPUT_NOT_RESET) == 0) {
                    listener.resetRequested();
                }
            }
            case WRITE_KEYBOARD_OUTPUT -> output.answer(value, false);
            case WRITE_AUX_OUTPUT -> output.answer(value, true);
            case WRITE_AUX -> {
                control &= ~CONTROL_AUX_DISABLED;
                mouse.write(value);
            }
            default -> {
                // To talk to the keyboard the controller has to release its clock.
                control &= ~CONTROL_KEYBOARD_DISABLED;
                keyboard.write(value);
            }
        }
    }

    private void command(int command) {
        switch (command) {
            case READ_CONTROL -> output.answer(control, false);
            case DISABLE_AUX -> control |= CONTROL_AUX_DISABLED;
            case ENABLE_AUX -> control &= ~CONTROL_AUX_DISABLED;
            case TEST_AUX, TEST_KEYBOARD -> output.answer(INTERFACE_TEST_PASSED, false);
            case SELF_TEST -> {
                control |= CONTROL_SYSTEM;
                output.answer(SELF_TEST_PASSED, false);
            }
            case DISABLE_KEYBOARD -> control |= CONTROL_KEYBOARD_DISABLED;
            case ENABLE_KEYBOARD -> control &= ~CONTROL_KEYBOARD_DISABLED;
            case READ_INPUT_PORT -> output.answer(INPUT_PORT, false);
            case READ_OUTPUT_PORT -> output.answer(outputPort(), false);
            case DISABLE_A20 -> gateAddressLine20(false);
            case ENABLE_A20 -> gateAddressLine20(true);
            default -> {
                if (command < PULSE_OUTPUT) {
                    unknownCommands++;
                } else if ((command & OUTPUT_NOT_RESET) == 0) {
                    listener.resetRequested();
                }
            }
        }
    }

    private int outputPort() {
        int full = output.isAux() ? OUTPUT_AUX_FULL : OUTPUT_KEYBOARD_FULL;
        return OUTPUT_HIGH | OUTPUT_NOT_RESET | (addressLine20 ? OUTPUT_A20 : 0) | (output.isFull() ? full : 0);
    }

    private void gateAddressLine20(boolean open) {
        if (open != addressLine20) {
            addressLine20 = open;
            listener.addressLine20(open);
        }
    }

    private void tellLeds() {
        if (keyboard.leds() != toldLeds) {
            toldLeds = keyboard.leds();
            listener.leds(toldLeds);
        }
    }

    /** Moves the next byte into the output buffer if that is empty, and sets the interrupt lines. */
    private void settle() {
        output.fillFromAnswer();
        while (!output.isFull() && (control & CONTROL_KEYBOARD_DISABLED) == 0 && keyboard.ready()) {
            fillFromKeyboard();
        }
        if (!output.isFull() && (control & CONTROL_AUX_DISABLED) == 0 && mouse.ready()) {
            output.fill(mouse.take(), true);
        }
        output.drive(control);
        tellLeds();
    }

    private void fillFromKeyboard() {
        int code = keyboard.take();
        if ((control & CONTROL_TRANSLATE) == 0) {
            output.fill(code, false);
        } else if (code == ScanCodes.RELEASE_PREFIX) {
            releasePrefix = true;
        } else {
            output.fill(ScanCodes.translate(code, releasePrefix), false);
            releasePrefix = false;
        }
    }

    /**
     * A key was pressed or released. What finds no room is lost and counted, the release of a key whose press was not lost is
     * sent later instead. Pressing a key that is held repeats it.
     *
     * @param number make code of scan code set 1, plus 0x80 if 0xe0 goes before it; 0xc6 Pause, 0xb7 Print Screen. Any other is
     *     counted and ignored
     */
    public void key(int number, boolean pressed) {
        keyboard.key(number, pressed);
        settle();
    }

    /** Calls of {@link #key} that surely find room now. None while the guest has the keyboard switched off. */
    public int keyRoom() {
        return keyboard.room();
    }

    /** The lamps of the keyboard: bit 0 Scroll Lock, bit 1 Num Lock, bit 2 Caps Lock. */
    public int leds() {
        return keyboard.leds();
    }

    /**
     * The pointer was moved by so many counts.
     *
     * @param dx to the right
     * @param dy downwards, towards the user
     * @param dz steps of the wheel towards the user, which scrolls down
     * @param buttons that are held now, bits of {@link PointerButtons}
     */
    public void pointerMotion(int dx, int dy, int dz, int buttons) {
        pointer.moveBy(dx, dy, dz, buttons);
        settle();
    }

    /**
     * The pointer was moved to a place. The tenant hears of the place if it asked for that ({@link #isAbsolute}), and else of the
     * way from the last one.
     *
     * @param x 0 at the left to 65535 at the right edge of the screen
     * @param y 0 at the upper to 65535 at the lower edge
     * @param dz steps of the wheel towards the user, which scrolls down
     * @param buttons that are held now, bits of {@link PointerButtons}
     */
    public void pointerAbsolute(int x, int y, int dz, int buttons) {
        pointer.moveTo(x, y, dz, buttons);
        settle();
    }

    /** Whether the tenant takes positions rather than movement. */
    public boolean isAbsolute() {
        return vmwarePointer.isAbsolute();
    }

    /** The pointer behind the register call. */
    public VmwarePointer vmwarePointer() {
        return vmwarePointer;
    }

    /** The level of the keyboard's interrupt line, as last given to it. */
    public boolean keyboardInterruptAsserted() {
        return output.keyboardAsserted();
    }

    /** The level of the mouse's interrupt line, as last given to it. */
    public boolean auxInterruptAsserted() {
        return output.auxAsserted();
    }

    /** What has been handled so far. */
    public I8042Counters counters() {
        return new I8042Counters(
                keyboard.keys().accepted(),
                keyboard.keys().lost(),
                keyboard.keys().delayed(),
                keyboard.skippedRepeats(),
                keyboard.unknownKeys(),
                mouse.lostChanges() + vmwarePointer.lostEvents(),
                mouse.lostReplies() + output.lostAnswers(),
                unknownCommands + keyboard.unknownCommands() + mouse.unknownCommands() + vmwarePointer.refusedCalls(),
                invalidAccesses);
    }

    /** The state as a value. */
    public I8042State state() {
        return new I8042State(
                new I8042State.Controller(
                        control, awaiting, commandWritten, releasePrefix, addressLine20, output.state()),
                keyboard.state(),
                mouse.state(),
                vmwarePointer.state(pointer.x(), pointer.y()));
    }

    /**
     * Writes the state to the first {@link I8042State#SIZE} bytes, as {@link I8042State#encode} would. Allocates nothing.
     *
     * @throws IndexOutOfBoundsException if the segment is shorter; what it then holds is undefined
     */
    public void save(MemorySegment segment) {
        I8042StateLayout.writeHeader(segment);
        int flags = (commandWritten ? I8042StateLayout.FLAG_COMMAND_WRITTEN : 0)
                | (releasePrefix ? I8042StateLayout.FLAG_RELEASE_PREFIX : 0)
                | (addressLine20 ? I8042StateLayout.FLAG_ADDRESS_LINE_20 : 0)
                | output.flags();
        I8042StateLayout.writeByte(segment, I8042StateLayout.CONTROL_OFFSET, control);
        I8042StateLayout.writeByte(segment, I8042StateLayout.AWAITING_OFFSET, awaiting);
        I8042StateLayout.writeByte(segment, I8042StateLayout.CONTROLLER_FLAGS_OFFSET, flags);
        output.save(segment);
        keyboard.save(segment);
        mouse.save(segment);
        vmwarePointer.save(segment);
        pointer.save(segment);
    }

    /**
     * Goes on from the given state, whatever the device did before. The lines and the listener hear of outputs that differ from
     * what they were last told.
     */
    public void restore(I8042State state) {
        I8042State.Controller controller = state.controller();
        control = controller.control();
        awaiting = controller.awaiting();
        commandWritten = controller.commandWritten();
        releasePrefix = controller.releasePrefix();
        output.restore(controller.output());
        keyboard.restore(state.keyboard());
        mouse.restore(state.mouse());
        vmwarePointer.restore(state.pointer());
        pointer.restore(state.pointer().x(), state.pointer().y());
        settle();
        gateAddressLine20(controller.addressLine20());
    }

    /** Fails if the device is in a state that no sequence of events leads to. */
    void invariant() {
        // The constructors of the state check how fields go together.
        I8042State state = state();
        check(output.upToDate(control), "interrupt lines differ from the output buffer");
        check(keyboard.leds() == toldLeds, "lamps differ from what was told");
        check(status() <= BYTE_MASK, "register wider than eight bits");
        check(state.equals(state()), "taking the state changed it");
    }

    private static void check(boolean condition, String violation) {
        if (!condition) {
            throw new IllegalStateException(violation);
        }
    }
}
