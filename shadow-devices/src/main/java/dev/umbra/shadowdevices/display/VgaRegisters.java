// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

/**
 * Ports, registers and bits of a VGA, named as in IBM's "PS/2 Hardware Interface Technical Reference, Video Subsystem" where it
 * names them.
 */
final class VgaRegisters {
    /** Index and data of the CRT controller with a monochrome display; {@link #COLOUR_OFFSET} further with a colour display. */
    static final int PORT_CRTC_INDEX = 0x3b4;

    static final int PORT_CRTC_DATA = 0x3b5;
    /** Input status 1 (read), feature control (write). */
    static final int PORT_STATUS_1 = 0x3ba;

    static final int COLOUR_OFFSET = 0x20;
    static final int PORT_ATTRIBUTE = 0x3c0;
    static final int PORT_ATTRIBUTE_READ = 0x3c1;
    /** Miscellaneous output (write), input status 0 (read). */
    static final int PORT_MISCELLANEOUS = 0x3c2;

    static final int PORT_SUBSYSTEM_ENABLE = 0x3c3;
    static final int PORT_SEQUENCER_INDEX = 0x3c4;
    static final int PORT_SEQUENCER_DATA = 0x3c5;
    static final int PORT_DAC_MASK = 0x3c6;
    /** Index from which to read (write), state (read). */
    static final int PORT_DAC_READ = 0x3c7;

    static final int PORT_DAC_WRITE = 0x3c8;
    static final int PORT_DAC_DATA = 0x3c9;
    static final int PORT_FEATURE_READ = 0x3ca;
    static final int PORT_MISCELLANEOUS_READ = 0x3cc;
    static final int PORT_GRAPHICS_INDEX = 0x3ce;
    static final int PORT_GRAPHICS_DATA = 0x3cf;

    static final int MISCELLANEOUS_COLOUR = 0x01;
    static final int FEATURE_MASK = 0x03;
    /** Input status 0: a display is connected. */
    static final int STATUS_0_SENSE = 0x10;

    static final int STATUS_1_NOT_DISPLAYING = 0x01;
    static final int STATUS_1_VERTICAL_RETRACE = 0x08;

    static final int SEQUENCER_COUNT = 5;
    static final int CLOCKING_MODE = 1;
    static final int CLOCKING_8_DOTS = 0x01;
    static final int CLOCKING_HALF = 0x08;
    static final int CLOCKING_SCREEN_OFF = 0x20;
    static final int MAP_MASK = 2;
    static final int CHARACTER_MAP_SELECT = 3;
    static final int MEMORY_MODE = 4;
    static final int MEMORY_SEQUENTIAL = 0x04;
    static final int MEMORY_CHAIN_4 = 0x08;

    static final int GRAPHICS_COUNT = 9;
    static final int SET_RESET = 0;
    static final int ENABLE_SET_RESET = 1;
    static final int COLOUR_COMPARE = 2;
    static final int DATA_ROTATE = 3;
    static final int READ_MAP_SELECT = 4;
    static final int GRAPHICS_MODE = 5;
    static final int MODE_READ_COMPARE = 0x08;
    static final int MODE_ODD_EVEN = 0x10;
    static final int MODE_SHIFT_INTERLEAVED = 0x20;
    static final int MODE_SHIFT_256 = 0x40;
    static final int GRAPHICS_MISCELLANEOUS = 6;
    static final int GRAPHICS_NOT_TEXT = 0x01;
    static final int GRAPHICS_CHAIN_ODD_EVEN = 0x02;
    static final int COLOUR_DO_NOT_CARE = 7;
    static final int BIT_MASK = 8;

    static final int CRTC_COUNT = 25;
    static final int HORIZONTAL_DISPLAY_END = 0x01;
    static final int OVERFLOW = 0x07;
    static final int OVERFLOW_LINE_COMPARE_8 = 0x10;
    static final int MAXIMUM_SCAN_LINE = 0x09;
    static final int SCAN_LINE_MASK = 0x1f;
    static final int SCAN_LINE_DOUBLE = 0x80;
    static final int CURSOR_START = 0x0a;
    static final int CURSOR_OFF = 0x20;
    static final int CURSOR_END = 0x0b;
    static final int START_ADDRESS_HIGH = 0x0c;
    static final int CURSOR_LOCATION_HIGH = 0x0e;
    static final int CURSOR_LOCATION_LOW = 0x0f;
    static final int VERTICAL_RETRACE_END = 0x11;
    static final int PROTECT = 0x80;
    static final int VERTICAL_DISPLAY_END = 0x12;
    static final int OFFSET = 0x13;
    static final int UNDERLINE_LOCATION = 0x14;
    static final int DOUBLE_WORD = 0x40;
    static final int CRTC_MODE = 0x17;
    static final int CRTC_MODE_NO_ROW_SCAN_13 = 0x01;
    static final int CRTC_MODE_NO_ROW_SCAN_14 = 0x02;
    static final int CRTC_MODE_ADDRESS_WRAP = 0x20;
    static final int CRTC_MODE_BYTE = 0x40;
    static final int CRTC_MODE_SYNC = 0x80;
    static final int LINE_COMPARE = 0x18;

    static final int ATTRIBUTE_COUNT = 21;
    static final int ATTRIBUTE_INDEX_MASK = 0x1f;
    /** The palette address source, beside the index: the screen shows something. */
    static final int ATTRIBUTE_DISPLAYING = 0x20;

    static final int ATTRIBUTE_MODE = 0x10;
    static final int ATTRIBUTE_LINE_GRAPHICS = 0x04;
    static final int ATTRIBUTE_BLINK = 0x08;
    static final int ATTRIBUTE_COLOUR_SELECT_54 = 0x80;
    static final int COLOUR_PLANE_ENABLE = 0x12;
    static final int COLOUR_SELECT = 0x14;

    private static final int[] SEQUENCER_MASKS = {0x03, 0x3d, 0x0f, 0x3f, 0x0e};
    private static final int[] GRAPHICS_MASKS = {0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff};
    private static final int[] ATTRIBUTE_MASKS = {
        0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0xef, 0xff,
        0x3f, 0x0f, 0x0f
    };

    private VgaRegisters() {}

    /** The bits that a sequencer register keeps. */
    static int sequencerMask(int index) {
        return SEQUENCER_MASKS[index];
    }

    /** The bits that a register of the graphics controller keeps. */
    static int graphicsMask(int index) {
        return GRAPHICS_MASKS[index];
    }

    /** The bits that a register of the attribute controller keeps. */
    static int attributeMask(int index) {
        return ATTRIBUTE_MASKS[index];
    }
}
