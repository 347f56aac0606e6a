// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static dev.umbra.shadowdevices.display.VgaRegisters.*;
import static dev.umbra.shadowdevices.display.VgaStateLayout.*;

import java.util.Arrays;

/**
 * The registers at one moment, and what they say about the picture. It never changes, so everything drawn from it fits together.
 */
final class DisplayRegisters {
    /** What kind of picture there is. */
    enum Kind {
        BLANK,
        TEXT,
        PLANAR,
        LINEAR
    }

    private static final int COLOUR_BITS = 0x0f;
    private static final int DAC_6_BIT_MASK = 0x3f;

    private final byte[] bytes;
    private final Kind kind;
    private final int[] palette = new int[COLOURS];
    private final int[] attributeColours = new int[COLOUR_BITS + 1];
    private final ScanGeometry geometry;

    /** Takes the bytes over. */
    DisplayRegisters(byte[] bytes) {
        this.bytes = bytes;
        kind = kindNow();
        geometry = isDispi() ? ScanGeometry.ofDispi(this) : ScanGeometry.ofCrtc(this);
        fillPalette();
        fillAttributeColours();
    }

    private Kind kindNow() {
        boolean dark = (get(ATTRIBUTE_INDEX) & ATTRIBUTE_DISPLAYING) == 0
                || (get(SEQUENCER + CLOCKING_MODE) & CLOCKING_SCREEN_OFF) != 0
                || !isDispi() && ((crtc(CRTC_MODE) & CRTC_MODE_SYNC) == 0 || crtc(HORIZONTAL_DISPLAY_END) == 0);
        if (dark) {
            return Kind.BLANK;
        }
        if (isDispi()) {
            return dispi(DispiRegisters.DEPTH) == DispiRegisters.PLANAR_DEPTH ? Kind.PLANAR : Kind.LINEAR;
        }
        return (graphics(GRAPHICS_MISCELLANEOUS) & GRAPHICS_NOT_TEXT) != 0 ? Kind.PLANAR : Kind.TEXT;
    }

    private void fillPalette() {
        boolean eightBit = (dispi(DispiRegisters.ENABLE) & DispiRegisters.DAC_8_BIT) != 0;
        int mask = get(DAC_MASK);
        for (int index = 0; index < COLOURS; index++) {
            int entry = PALETTE + (index & mask) * COMPONENTS;
            int colour = 0;
            for (int component = 0; component < COMPONENTS; component++) {
                int level = get(entry + component);
                if (!eightBit) {
                    int six = level & DAC_6_BIT_MASK;
                    level = six << 2 | six >> 4;
                }
                colour = colour << Byte.SIZE | level;
            }
            palette[index] = colour;
        }
    }

    private void fillAttributeColours() {
        int select = attribute(COLOUR_SELECT);
        boolean selects54 = (attribute(ATTRIBUTE_MODE) & ATTRIBUTE_COLOUR_SELECT_54) != 0;
        for (int index = 0; index <= COLOUR_BITS; index++) {
            int colour = attribute(index & attribute(COLOUR_PLANE_ENABLE) & COLOUR_BITS);
            if (selects54) {
                colour = colour & COLOUR_BITS | (select & 3) << 4;
            }
            attributeColours[index] = palette[colour | (select & 0xc) << 4];
        }
    }

    Kind kind() {
        return kind;
    }

    /** Of the planes; for {@link Kind#LINEAR} only width and height count. */
    ScanGeometry geometry() {
        return geometry;
    }

    /** The 256 colours of the DAC, {@code 0x00RRGGBB}, with its mask applied. Not to be changed. */
    int[] palette() {
        return palette;
    }

    /** The 16 colours behind the attribute controller, {@code 0x00RRGGBB}. Not to be changed. */
    int[] attributeColours() {
        return attributeColours;
    }

    boolean isDispi() {
        return (dispi(DispiRegisters.ENABLE) & DispiRegisters.ENABLED) != 0;
    }

    boolean isBigEndian() {
        return (get(FLAGS) & FLAG_BIG_ENDIAN) != 0;
    }

    int sequencer(int index) {
        return get(SEQUENCER + index);
    }

    int graphics(int index) {
        return get(GRAPHICS + index);
    }

    int crtc(int index) {
        return get(CRTC + index);
    }

    /** Two registers of the CRT controller, the high one first. */
    int crtcPair(int index) {
        return crtc(index) << Byte.SIZE | crtc(index + 1);
    }

    int attribute(int index) {
        return get(ATTRIBUTE + index);
    }

    int dispi(int index) {
        return VgaStateLayout.dispi(bytes, index);
    }

    /** Whether two pictures differ at most in where the cursor is and, if they are text, in where the text begins. */
    boolean looksLike(DisplayRegisters other) {
        int firstOfPlace = kind == Kind.TEXT ? START_ADDRESS_HIGH : CURSOR_LOCATION_HIGH;
        return kind == other.kind
                && equal(other, SEQUENCER, CRTC + firstOfPlace)
                && equal(other, CRTC + CURSOR_LOCATION_LOW + 1, DAC_READ_INDEX)
                && equal(other, DISPI, PREFERRED_WIDTH);
    }

    private boolean equal(DisplayRegisters other, int from, int to) {
        return Arrays.equals(bytes, from, to, other.bytes, from, to);
    }

    private int get(int offset) {
        return bytes[offset] & 0xff;
    }
}
