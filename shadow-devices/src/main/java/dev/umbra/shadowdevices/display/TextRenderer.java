// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static dev.umbra.shadowdevices.display.VgaRegisters.*;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Text as the tenant has set it up: its own font from plane 2, characters from plane 0, attributes from plane 1.
 *
 * <p>A cell is drawn again when its character, its attribute or the cursor in it differs from what was drawn, and all of them when
 * the font or any register that is not about cells has changed. Nothing blinks: neither the cursor nor characters with the blink
 * attribute, since each phase would be sent to each viewer for nothing.
 */
final class TextRenderer {
    private static final int FONTS = 2;
    private static final int CHARACTERS = 256;
    private static final int GLYPH_BYTES = 32;
    private static final int FONT_BYTES = CHARACTERS * GLYPH_BYTES;
    private static final int FONT_PLANE = 2;
    private static final int MAXIMUM_CELL_WIDTH = 18;

    private static final int SECOND_FONT = 0x08;
    private static final int BLINK = 0x80;
    private static final int COLOUR_BITS = 0x0f;
    private static final int LINE_GRAPHICS_FIRST = 0xc0;
    private static final int LINE_GRAPHICS_LAST = 0xdf;
    private static final int CURSOR_KEY = 0x10000;
    private static final int NOT_DRAWN = -1;

    private final PlaneSnapshot planes;
    private final byte[][] fonts = new byte[FONTS][FONT_BYTES];
    private final byte[] font = new byte[FONT_BYTES];
    private final int[] dots = new int[MAXIMUM_CELL_WIDTH];
    private final MemorySegment dotSegment = MemorySegment.ofArray(dots);
    private int[] drawn = {};

    TextRenderer(PlaneSnapshot planes) {
        this.planes = planes;
    }

    /** Draws what differs; all cells if {@code anew}. */
    void render(DisplayRegisters registers, Canvas canvas, boolean anew) {
        ScanGeometry geometry = registers.geometry();
        int split = Math.min(geometry.splitLine(), geometry.height());
        int upperRows = rows(split, geometry);
        int cells = (upperRows + rows(geometry.height() - split, geometry)) * geometry.characters();
        boolean fontChanged = loadFonts(registers.sequencer(CHARACTER_MAP_SELECT));
        if (anew || fontChanged || drawn.length != cells) {
            drawn = drawn.length == cells ? drawn : new int[cells];
            Arrays.fill(drawn, NOT_DRAWN);
        }
        renderPart(registers, canvas, 0, split, 0);
        renderPart(registers, canvas, split, geometry.height(), upperRows);
    }

    private static int rows(int lines, ScanGeometry geometry) {
        return (lines + geometry.rowLines() - 1) / geometry.rowLines();
    }

    private boolean loadFonts(int select) {
        boolean first = loadFont(0, select & 3 | (select & 0x10) >> 2);
        boolean second = loadFont(1, (select & 0x0c) >> 2 | (select & 0x20) >> 3);
        return first || second;
    }

    private boolean loadFont(int index, int map) {
        int start = (map & 3) * 0x4000 + (map >> 2) * 0x2000;
        for (int at = 0; at < FONT_BYTES; at++) {
            font[at] = (byte) planes.get(FONT_PLANE, start + at);
        }
        if (Arrays.equals(font, fonts[index])) {
            return false;
        }
        System.arraycopy(font, 0, fonts[index], 0, FONT_BYTES);
        return true;
    }

    private void renderPart(DisplayRegisters registers, Canvas canvas, int firstLine, int endLine, int firstRow) {
        ScanGeometry geometry = registers.geometry();
        int cursor = cursorCounter(registers);
        int row = firstRow;
        for (int line = firstLine; line < endLine; line += geometry.rowLines(), row++) {
            int counter = geometry.counter(line);
            for (int column = 0; column < geometry.characters(); column++) {
                int address = geometry.address(counter + column, 0);
                int key = planes.get(0, address) | planes.get(1, address) << Byte.SIZE;
                if ((counter + column & 0xffff) == cursor) {
                    key |= CURSOR_KEY;
                }
                int cell = row * geometry.characters() + column;
                if (drawn[cell] != key) {
                    drawn[cell] = key;
                    drawCell(registers, canvas, key, column, line, Math.min(line + geometry.rowLines(), endLine));
                }
            }
        }
    }

    private static int cursorCounter(DisplayRegisters registers) {
        return (registers.crtc(CURSOR_START) & CURSOR_OFF) != 0 ? -1 : registers.crtcPair(CURSOR_LOCATION_HIGH);
    }

    private void drawCell(DisplayRegisters registers, Canvas canvas, int key, int column, int firstLine, int endLine) {
        ScanGeometry geometry = registers.geometry();
        int character = key & 0xff;
        int attribute = key >> Byte.SIZE & 0xff;
        boolean blinks = (registers.attribute(ATTRIBUTE_MODE) & ATTRIBUTE_BLINK) != 0;
        int[] colours = registers.attributeColours();
        int foreground = colours[attribute & COLOUR_BITS];
        int background = colours[(blinks ? attribute & ~BLINK : attribute) >> 4];
        byte[] glyphs = fonts[(attribute & SECOND_FONT) != 0 ? 1 : 0];
        boolean repeatsLast = (registers.attribute(ATTRIBUTE_MODE) & ATTRIBUTE_LINE_GRAPHICS) != 0
                && character >= LINE_GRAPHICS_FIRST
                && character <= LINE_GRAPHICS_LAST;
        int stretch = geometry.stretched() ? 2 : 1;
        int width = geometry.dots() * stretch;
        for (int line = firstLine; line < endLine; line++) {
            int rowScan = geometry.rowScan(line);
            int pattern = (glyphs[character * GLYPH_BYTES + rowScan] & 0xff) << 1;
            pattern |= repeatsLast ? pattern >> 1 & 1 : 0;
            if ((key & CURSOR_KEY) != 0 && isCursorLine(registers, rowScan)) {
                pattern = -1;
            }
            for (int dot = 0; dot < width; dot++) {
                dots[dot] = (pattern >> Byte.SIZE - dot / stretch & 1) != 0 ? foreground : background;
            }
            canvas.draw(column * width, line, dotSegment, width);
        }
    }

    private static boolean isCursorLine(DisplayRegisters registers, int rowScan) {
        return rowScan >= (registers.crtc(CURSOR_START) & SCAN_LINE_MASK)
                && rowScan <= (registers.crtc(CURSOR_END) & SCAN_LINE_MASK);
    }
}
