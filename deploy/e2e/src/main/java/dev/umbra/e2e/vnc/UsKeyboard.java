// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.vnc;

/** Where characters are on a US keyboard, as key numbers of RFB: make codes of scan code set 1. */
public final class UsKeyboard {
    /** Takes a key that goes down or up. */
    public interface Keys {
        void key(int number, boolean pressed);
    }

    private static final int LEFT_SHIFT = 0x2a;
    private static final String[] PLAIN = {"1234567890-=", "qwertyuiop[]\n", "asdfghjkl;'`", "\\zxcvbnm,./", " "};
    private static final String[] SHIFTED = {"!@#$%^&*()_+", "QWERTYUIOP{}", "ASDFGHJKL:\"~", "|ZXCVBNM<>?"};
    private static final int[] FIRST = {0x02, 0x10, 0x1e, 0x2b, 0x39};

    private UsKeyboard() {}

    /** Presses and releases the key of each character, with Shift where it is needed. */
    static void type(String text, Keys keys) {
        text.chars().forEach(character -> {
            boolean shifted = isShifted((char) character);
            int number = number((char) character);
            if (shifted) {
                keys.key(LEFT_SHIFT, true);
            }
            keys.key(number, true);
            keys.key(number, false);
            if (shifted) {
                keys.key(LEFT_SHIFT, false);
            }
        });
    }

    /** Whether a character needs the Shift key. */
    public static boolean isShifted(char character) {
        return find(SHIFTED, character) >= 0;
    }

    /** The character that the same key gives without Shift. */
    public static char withoutShift(char character) {
        for (int row = 0; row < SHIFTED.length; row++) {
            int place = SHIFTED[row].indexOf(character);
            if (place >= 0) {
                return PLAIN[row].charAt(place);
            }
        }
        return character;
    }

    /** The key a character is on. */
    public static int number(char character) {
        int plain = find(PLAIN, character);
        int number = plain >= 0 ? plain : find(SHIFTED, character);
        if (number < 0) {
            throw new IllegalArgumentException("no key for character " + (int) character);
        }
        return number;
    }

    private static int find(String[] rows, char character) {
        for (int row = 0; row < rows.length; row++) {
            int place = rows[row].indexOf(character);
            if (place >= 0) {
                return FIRST[row] + place;
            }
        }
        return -1;
    }
}
