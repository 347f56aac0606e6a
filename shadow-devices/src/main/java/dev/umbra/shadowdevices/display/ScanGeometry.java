// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static dev.umbra.shadowdevices.display.VgaRegisters.*;

/**
 * How a picture is scanned out of the planes: where each line and character clock takes its bytes from.
 *
 * <p>The CRT controller counts characters, not bytes. Its counter goes through an address multiplexer (CRTC mode control and
 * underline location registers) that makes byte, word or double-word addresses of it and may put bits of the row scan counter
 * in, as the CGA's interleaved rows need it. So text, 16 and 256 colours, chained or not, and the CGA modes differ in these
 * registers alone.
 *
 * @param characters character clocks of a line that are shown
 * @param dots dots of a character clock, 8 or 9
 * @param stretched each dot is two pixels wide
 * @param width in pixels
 * @param height in pixels
 * @param start counter at the first line
 * @param rowStep what the counter advances from row to row
 * @param rowLines lines of a row, double scan included
 * @param doubled the row scan counter advances with each second line
 * @param splitLine first line that shows memory from address 0 on; {@code height} or more if there is none
 * @param shift 0 for byte, 1 for word, 2 for double-word addresses
 * @param wrapBit bit of the counter that becomes the lowest in a word address
 * @param rowScan13 the row scan counter's bit 0 replaces address bit 13
 * @param rowScan14 its bit 1 replaces address bit 14
 */
record ScanGeometry(
        int characters,
        int dots,
        boolean stretched,
        int width,
        int height,
        int start,
        int rowStep,
        int rowLines,
        boolean doubled,
        int splitLine,
        int shift,
        int wrapBit,
        boolean rowScan13,
        boolean rowScan14) {

    private static final int ADDRESS_MASK = 0xffff;
    private static final int WRAP_SHORT = 13;
    private static final int WRAP_LONG = 15;
    private static final int BIT_13 = 0x2000;
    private static final int BIT_14 = 0x4000;
    /** Shown until a mode has been programmed: what a text mode has. */
    private static final int UNPROGRAMMED_WIDTH = 720;

    private static final int UNPROGRAMMED_HEIGHT = 400;

    static ScanGeometry ofCrtc(DisplayRegisters registers) {
        boolean text = (registers.graphics(GRAPHICS_MISCELLANEOUS) & GRAPHICS_NOT_TEXT) == 0;
        int clocking = registers.sequencer(CLOCKING_MODE);
        int mode = registers.crtc(CRTC_MODE);
        int overflow = registers.crtc(OVERFLOW);
        int scanLine = registers.crtc(MAXIMUM_SCAN_LINE);
        int characters = registers.crtc(HORIZONTAL_DISPLAY_END) + 1;
        int dots = text && (clocking & CLOCKING_8_DOTS) == 0 ? 9 : 8;
        boolean stretched = (clocking & CLOCKING_HALF) != 0;
        boolean programmed = characters > 1;
        boolean doubled = (scanLine & SCAN_LINE_DOUBLE) != 0;
        int rowLines = (scanLine & SCAN_LINE_MASK) + 1 << (doubled ? 1 : 0);
        int height = (registers.crtc(VERTICAL_DISPLAY_END) | (overflow & 0x02) << 7 | (overflow & 0x40) << 3) + 1;
        int lineCompare = registers.crtc(LINE_COMPARE) | (overflow & 0x10) << 4 | (scanLine & 0x40) << 3;
        boolean doubleWord = (registers.crtc(UNDERLINE_LOCATION) & DOUBLE_WORD) != 0;
        return new ScanGeometry(
                characters,
                dots,
                stretched,
                programmed ? characters * dots << (stretched ? 1 : 0) : UNPROGRAMMED_WIDTH,
                programmed ? height : UNPROGRAMMED_HEIGHT,
                registers.crtcPair(START_ADDRESS_HIGH),
                registers.crtc(OFFSET) * 2,
                rowLines,
                doubled,
                lineCompare + 1,
                doubleWord ? 2 : (mode & CRTC_MODE_BYTE) != 0 ? 0 : 1,
                (mode & CRTC_MODE_ADDRESS_WRAP) != 0 ? WRAP_LONG : WRAP_SHORT,
                (mode & CRTC_MODE_NO_ROW_SCAN_13) == 0,
                (mode & CRTC_MODE_NO_ROW_SCAN_14) == 0);
    }

    /** Of a Bochs mode: one line is one row of bytes. */
    static ScanGeometry ofDispi(DisplayRegisters registers) {
        int width = registers.dispi(DispiRegisters.WIDTH);
        int height = registers.dispi(DispiRegisters.HEIGHT);
        int step = bytes(registers.dispi(DispiRegisters.VIRTUAL_WIDTH));
        int start =
                registers.dispi(DispiRegisters.Y_OFFSET) * step + registers.dispi(DispiRegisters.X_OFFSET) / Byte.SIZE;
        return new ScanGeometry(
                bytes(width),
                Byte.SIZE,
                false,
                width,
                height,
                start & ADDRESS_MASK,
                step,
                1,
                false,
                height,
                0,
                WRAP_LONG,
                false,
                false);
    }

    private static int bytes(int pixels) {
        return (pixels + Byte.SIZE - 1) / Byte.SIZE;
    }

    /** The counter at the beginning of a line. */
    int counter(int line) {
        return line < splitLine ? start + line / rowLines * rowStep : (line - splitLine) / rowLines * rowStep;
    }

    /** The row scan counter in a line. */
    int rowScan(int line) {
        int within = (line < splitLine ? line : line - splitLine) % rowLines;
        return doubled ? within / 2 : within;
    }

    /** The address in each plane, 0 to 65535, for a counter and a row scan counter. */
    int address(int counter, int rowScan) {
        int within = counter & ADDRESS_MASK;
        int address = switch (shift) {
            case 0 -> within;
            case 1 -> within << 1 | within >> wrapBit & 1;
            default -> within << 2 | within >> 14;
        };
        if (rowScan13) {
            address = address & ~BIT_13 | (rowScan & 1) * BIT_13;
        }
        if (rowScan14) {
            address = address & ~BIT_14 | (rowScan >> 1 & 1) * BIT_14;
        }
        return address & ADDRESS_MASK;
    }
}
