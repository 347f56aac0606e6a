// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

/** Commands and replies that a PS/2 keyboard and a PS/2 mouse have in common, and those of each. */
final class Ps2 {
    static final int ACKNOWLEDGE = 0xfa;
    static final int RESEND = 0xfe;
    static final int SELF_TEST_PASSED = 0xaa;

    static final int IDENTIFY = 0xf2;
    /** The keyboard's rate and delay of repetition, the mouse's sample rate. */
    static final int SET_RATE = 0xf3;

    static final int ENABLE = 0xf4;
    static final int DISABLE = 0xf5;
    static final int SET_DEFAULTS = 0xf6;
    static final int REQUEST_RESEND = 0xfe;
    static final int RESET = 0xff;

    static final int KEYBOARD_SET_LEDS = 0xed;
    static final int KEYBOARD_ECHO = 0xee;
    static final int KEYBOARD_SCAN_CODE_SET = 0xf0;
    static final int KEYBOARD_ALL_REPEAT = 0xf7;
    static final int KEYBOARD_ALL_MAKE_BREAK_REPEAT = 0xfa;
    /** The smallest command of a keyboard; no parameter is as large. */
    static final int KEYBOARD_FIRST_COMMAND = KEYBOARD_SET_LEDS;

    static final int MOUSE_SCALING_1_TO_1 = 0xe6;
    static final int MOUSE_SCALING_2_TO_1 = 0xe7;
    static final int MOUSE_SET_RESOLUTION = 0xe8;
    static final int MOUSE_STATUS_REQUEST = 0xe9;
    static final int MOUSE_STREAM_MODE = 0xea;
    static final int MOUSE_READ_DATA = 0xeb;
    static final int MOUSE_RESET_WRAP_MODE = 0xec;
    static final int MOUSE_WRAP_MODE = 0xee;
    static final int MOUSE_REMOTE_MODE = 0xf0;
    /** The smallest command of a mouse; no parameter is as large. */
    static final int MOUSE_FIRST_COMMAND = MOUSE_SCALING_1_TO_1;

    private Ps2() {}
}
