// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static dev.umbra.shadowdevices.input.I8042Registers.*;

import dev.umbra.shadowdevices.input.VmwarePointer.Registers;
import dev.umbra.shadowdevices.serial.FakeInterruptLine;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Does to a controller what three bytes say and keeps what it saw. A sequence of such triples is a program; properties and the
 * fuzz target share it.
 */
final class InputExerciser {
    static final int STEP_BYTES = 3;
    static final int OPERATIONS = 16;

    private static final int MAGIC = 0x564d5868;
    private static final int[] CALLS = {10, 39, 40, 41};
    private static final int[] ARGUMENTS = {0x45414552, 0xf5, 0x4c455252, 0x53424152};
    private static final int[] MOUSE_BYTES = {
        0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xee, 0xf0, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xfe, 0xff, 200, 100, 80
    };
    private static final int[] MODIFIERS = {0x1d, 0x9d, 0x2a, 0x36, 0x38, 0xb8, 0xb7, 0xc6};

    final FakeInterruptLine keyboardLine = new FakeInterruptLine();
    final FakeInterruptLine auxLine = new FakeInterruptLine();
    final RecordingListener listener = new RecordingListener();
    final I8042 device = new I8042(keyboardLine, auxLine, listener);

    private final MemorySegment saved = MemorySegment.ofArray(new byte[I8042State.SIZE]);
    private final List<Integer> observations = new ArrayList<>();

    void step(int operation, int first, int second) {
        switch (Math.floorMod(operation, OPERATIONS)) {
            case 0, 1, 2 -> observations.add(device.read(DATA));
            case 3 -> observations.add(device.read((first & 7) - 1));
            case 4 -> device.write((first & 7) - 1, second);
            case 5 -> device.write(STATUS_COMMAND, first);
            case 6 -> device.write(DATA, first);
            case 7 -> toMouse(MOUSE_BYTES[(first & 0xff) % MOUSE_BYTES.length]);
            case 8 -> toMouse(first);
            case 9 -> device.key(first & 0xff, (second & 3) != 0);
            case 10 -> device.key(MODIFIERS[first & 7], (second & 1) != 0);
            case 11 -> device.pointerMotion(first * (second & 0xf), second, second >> 4, first);
            case 12 -> device.pointerAbsolute(first << 8, second << 8, first, second);
            case 13 -> call(first, second);
            case 14 -> burst(first, second);
            default -> saveAndRestore();
        }
    }

    private void toMouse(int value) {
        device.write(STATUS_COMMAND, WRITE_AUX);
        device.write(DATA, value);
    }

    private void call(int first, int second) {
        int argument = (second & 0x10) == 0 ? ARGUMENTS[second & 3] : second & 7;
        Registers answer =
                device.vmwarePointer().call(new Registers(MAGIC, argument, CALLS[first & 3], VmwarePointer.PORT));
        observations.add(answer.eax());
        observations.add(answer.edx());
    }

    /** What a choice of single steps would make too rarely. */
    private void burst(int first, int second) {
        switch (first & 7) {
            case 0 -> {
                for (int key = 1; key < 0x60; key++) {
                    device.key(key, (second & 1) != 0);
                }
            }
            case 1 -> {
                for (int count = 0; count < 40; count++) {
                    device.pointerMotion(count, second, 0, count);
                }
            }
            case 2 -> device.write(DATA, Ps2.ENABLE);
            case 3 -> device.write(DATA, Ps2.DISABLE);
            case 4 -> {
                if (second == 0) {
                    device.powerOn();
                }
            }
            default -> device.key(second, true);
        }
        observations.add(device.keyRoom());
    }

    /** The invariant is checked at the end alone, where each shorter program has it checked, too. */
    void run(byte[] program) {
        for (int at = 0; at + STEP_BYTES <= program.length; at += STEP_BYTES) {
            step(program[at], program[at + 1], program[at + 2]);
        }
        device.invariant();
    }

    private void saveAndRestore() {
        device.save(saved);
        device.restore(I8042State.decode(saved));
    }

    /** Takes over the state of another controller. */
    void continueFrom(InputExerciser other) {
        other.device.save(saved);
        device.restore(I8042State.decode(saved));
    }

    /** Reads everything there is, with both interfaces on. */
    void drain() {
        device.write(STATUS_COMMAND, WRITE_CONTROL);
        device.write(DATA, 0);
        while ((device.read(STATUS_COMMAND) & STATUS_OUTPUT_FULL) != 0) {
            observations.add(device.read(DATA));
        }
        device.invariant();
    }

    void forgetObservations() {
        observations.clear();
    }

    List<Integer> observations() {
        return observations;
    }
}
