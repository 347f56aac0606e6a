// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

/** The buttons of a pointer, as bits; those that are set are held. */
public final class PointerButtons {
    public static final int LEFT = 0x01;
    public static final int RIGHT = 0x02;
    public static final int MIDDLE = 0x04;
    /** The fourth button, "back" on most mice. */
    public static final int FOURTH = 0x08;
    /** The fifth button, "forward" on most mice. */
    public static final int FIFTH = 0x10;

    static final int STANDARD = LEFT | RIGHT | MIDDLE;
    static final int MORE = FOURTH | FIFTH;
    static final int ALL = STANDARD | MORE;

    private PointerButtons() {}
}
