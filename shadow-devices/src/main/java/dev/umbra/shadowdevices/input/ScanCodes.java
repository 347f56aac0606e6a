// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import java.util.HexFormat;

/**
 * From key numbers to the bytes a keyboard sends.
 *
 * <p>A key number is the make code of scan code set 1, plus {@link #EXTENDED} if an 0xe0 goes before it; Pause and Print Screen,
 * whose codes are longer, have the numbers that the QEMU extension of the RFB protocol gives them. Everything else follows from
 * one table, the translation that the controller does from set 2 to set 1: read backwards it gives the codes of set 2, which is
 * what a keyboard sends from power-on, and set 1 is set 2 translated within the keyboard.
 *
 * <p>A <em>key event</em> is a number that stands for one sequence of bytes: key number, whether it is the release, and which of the
 * key's forms, since Print Screen and Pause send something else while Control, Shift or Alt is held.
 */
final class ScanCodes {
    static final int EXTENDED = 0x80;
    static final int KEYS = 0x100;

    static final int PAUSE = 0xc6;
    static final int PRINT = 0xb7;
    static final int LEFT_CONTROL = 0x1d;
    static final int RIGHT_CONTROL = 0x9d;
    static final int LEFT_SHIFT = 0x2a;
    static final int RIGHT_SHIFT = 0x36;
    static final int LEFT_ALT = 0x38;
    static final int RIGHT_ALT = 0xb8;

    private static final int HANJA = 0x71;
    private static final int HANGEUL = 0x72;

    static final int BREAK = 0x100;
    static final int FORM_SHIFT = 9;
    static final int FORM_PLAIN = 0;
    /** Print Screen without its own shift codes; Pause as Break. */
    static final int FORM_MODIFIED = 1;
    /** Print Screen as System Request. */
    static final int FORM_SYSTEM_REQUEST = 2;
    /** The event that tells of keys lost. */
    static final int OVERRUN = 0x1000;

    static final int RELEASE_PREFIX = 0xf0;
    private static final int EXTENDED_PREFIX = 0xe0;
    private static final int RELEASED = 0x80;

    private static final int SET_2_F7 = 0x83;
    private static final int SET_1_F7 = 0x41;
    private static final int SET_2_SYSTEM_REQUEST = 0x84;
    private static final int SET_1_SYSTEM_REQUEST = 0x54;

    private static final String TRANSLATION = "ff43413f3d3b3c58644442403e0f2959"
            + "65382a701d10025a66712c1f1e11035b"
            + "672e2d201205045c68392f211413065d"
            + "693130232215075e6a7232241608095f"
            + "6b332517180b0a606c34352627190c61"
            + "6d7328741a0d626e3a361c1b752b6376"
            + "55567778797a0e7b7c4f7d4b477e7f6f"
            + "5253504c4d480145574e514a37494654";

    private static final byte[] TO_SET_1 = HexFormat.of().parseHex(TRANSLATION);
    private static final byte[] TO_SET_2 = backwards();

    // Sequences of more than one code, first byte lowest.
    private static final long PAUSE_MAKE = 0x77f0_14f0_e177_14e1L;
    private static final long BREAK_MAKE = 0x7e_f0e0_7ee0L;
    private static final long PRINT_MAKE = 0x7ce0_12e0L;
    private static final long PRINT_RELEASE = 0x12f0_e07c_f0e0L;

    private ScanCodes() {}

    private static byte[] backwards() {
        byte[] codes = new byte[EXTENDED];
        for (int code = 1; code < EXTENDED; code++) {
            codes[TO_SET_1[code]] = (byte) code;
        }
        codes[SET_1_F7] = (byte) SET_2_F7;
        codes[SET_1_SYSTEM_REQUEST] = (byte) SET_2_SYSTEM_REQUEST;
        return codes;
    }

    /** Whether a number is that of a key. */
    static boolean isKey(int number) {
        return number > 0 && number < KEYS && number != EXTENDED;
    }

    /** Whether the keyboard says when the key is released. */
    static boolean hasBreak(int key) {
        return key != PAUSE && key != HANJA && key != HANGEUL;
    }

    static int make(int key, int form) {
        return key | form << FORM_SHIFT;
    }

    /** Whether a number is a key event. */
    static boolean isEvent(int event) {
        if (event == OVERRUN) {
            return true;
        }
        int key = event & 0xff;
        int form = event >> FORM_SHIFT;
        boolean formExists = form == FORM_PLAIN
                || form == FORM_MODIFIED && (key == PRINT || key == PAUSE)
                || form == FORM_SYSTEM_REQUEST && key == PRINT;
        return event > 0 && isKey(key) && formExists && (hasBreak(key) || (event & BREAK) == 0);
    }

    /** The bytes of a key event in set 2, the first one lowest. */
    static long sequence(int event) {
        if (event == OVERRUN) {
            return 0;
        }
        int key = event & 0xff;
        int form = event >> FORM_SHIFT;
        boolean release = (event & BREAK) != 0;
        if (key == PAUSE) {
            return form == FORM_PLAIN ? PAUSE_MAKE : BREAK_MAKE;
        }
        if (key == PRINT && form == FORM_PLAIN) {
            return release ? PRINT_RELEASE : PRINT_MAKE;
        }
        if (key == PRINT && form == FORM_SYSTEM_REQUEST) {
            return prefixed(release, SET_2_SYSTEM_REQUEST);
        }
        if (!hasBreak(key)) {
            return key | EXTENDED;
        }
        long codes = prefixed(release, TO_SET_2[key & ~EXTENDED] & 0xff);
        return (key & EXTENDED) != 0 ? codes << Byte.SIZE | EXTENDED_PREFIX : codes;
    }

    private static long prefixed(boolean release, int code) {
        return release ? (long) code << Byte.SIZE | RELEASE_PREFIX : code;
    }

    /** Bytes of a key event in set 2, 1 to 8. */
    static int length(int event) {
        // No code but that of the overrun is zero.
        int bits = Long.SIZE - Long.numberOfLeadingZeros(sequence(event));
        return event == OVERRUN ? 1 : (bits + Byte.SIZE - 1) / Byte.SIZE;
    }

    /**
     * The byte that stands in set 1 for one of set 2 that is not {@link #RELEASE_PREFIX}.
     *
     * @param released whether that prefix went before it
     */
    static int translate(int code, boolean released) {
        int translated = switch (code) {
            case SET_2_F7 -> SET_1_F7;
            case SET_2_SYSTEM_REQUEST -> SET_1_SYSTEM_REQUEST;
            default -> code < EXTENDED ? TO_SET_1[code] & 0xff : code;
        };
        return released ? translated | RELEASED : translated;
    }
}
