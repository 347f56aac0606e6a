// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

/** Registers, bits and commands of the keyboard controller, named as in the IBM PS/2 technical references. */
final class I8042Registers {
    /** Output buffer (read), input buffer (write); port 0x60. */
    static final int DATA = 0;
    /** Status (read), command (write); port 0x64. */
    static final int STATUS_COMMAND = 4;
    /** Registers from port 0x60 to port 0x64; those in between are not the controller's. */
    static final int COUNT = 5;

    static final int STATUS_OUTPUT_FULL = 0x01;
    static final int STATUS_SYSTEM = 0x04;
    /** The last write went to the command port. */
    static final int STATUS_COMMAND_WRITTEN = 0x08;
    /** The keyboard lock is open. */
    static final int STATUS_NOT_INHIBITED = 0x10;

    static final int STATUS_AUX_OUTPUT_FULL = 0x20;

    static final int CONTROL_KEYBOARD_INTERRUPT = 0x01;
    static final int CONTROL_AUX_INTERRUPT = 0x02;
    static final int CONTROL_SYSTEM = 0x04;
    static final int CONTROL_KEYBOARD_DISABLED = 0x10;
    static final int CONTROL_AUX_DISABLED = 0x20;
    static final int CONTROL_TRANSLATE = 0x40;
    static final int CONTROL_MASK = 0x7f;
    static final int CONTROL_POWER_ON = CONTROL_KEYBOARD_INTERRUPT | CONTROL_AUX_INTERRUPT;

    static final int READ_CONTROL = 0x20;
    static final int WRITE_CONTROL = 0x60;
    static final int DISABLE_AUX = 0xa7;
    static final int ENABLE_AUX = 0xa8;
    static final int TEST_AUX = 0xa9;
    static final int SELF_TEST = 0xaa;
    static final int TEST_KEYBOARD = 0xab;
    static final int DISABLE_KEYBOARD = 0xad;
    static final int ENABLE_KEYBOARD = 0xae;
    static final int READ_INPUT_PORT = 0xc0;
    static final int READ_OUTPUT_PORT = 0xd0;
    static final int WRITE_OUTPUT_PORT = 0xd1;
    static final int WRITE_KEYBOARD_OUTPUT = 0xd2;
    static final int WRITE_AUX_OUTPUT = 0xd3;
    static final int WRITE_AUX = 0xd4;
    static final int DISABLE_A20 = 0xdd;
    static final int ENABLE_A20 = 0xdf;
    /** First of the sixteen commands that pulse those of the output port's lines 0 to 3 whose bit is zero. */
    static final int PULSE_OUTPUT = 0xf0;

    static final int SELF_TEST_PASSED = 0x55;
    static final int INTERFACE_TEST_PASSED = 0x00;
    static final int INPUT_PORT = 0x80;

    /** Low is the processor's reset. */
    static final int OUTPUT_NOT_RESET = 0x01;

    static final int OUTPUT_A20 = 0x02;
    static final int OUTPUT_KEYBOARD_FULL = 0x10;
    static final int OUTPUT_AUX_FULL = 0x20;
    /** Lines of the output port that are always high. */
    static final int OUTPUT_HIGH = 0xcc;

    private I8042Registers() {}

    /** Whether a command is completed by a byte written to the data port. */
    static boolean takesParameter(int command) {
        return switch (command) {
            case WRITE_CONTROL, WRITE_OUTPUT_PORT, WRITE_KEYBOARD_OUTPUT, WRITE_AUX_OUTPUT, WRITE_AUX -> true;
            default -> false;
        };
    }
}
