// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static dev.umbra.shadowdevices.display.VgaRegisters.*;

import java.lang.foreign.MemorySegment;

/**
 * Graphics out of the four planes, in the three ways of the shift registers: 16 colours with a bit of each plane, 256 colours with
 * a byte of each plane in turn, and the CGA's packed pairs of bits. A line is drawn again when bytes that it shows have changed.
 */
final class PlanarRenderer {
    /** Colours of a character clock. */
    private static final int CLOCK_DOTS = 8;

    private static final int MAXIMUM_CLOCKS = Picture.MAXIMUM_EXTENT / CLOCK_DOTS;

    private final PlaneSnapshot planes;
    private final int[] line = new int[MAXIMUM_CLOCKS * CLOCK_DOTS];
    private final MemorySegment lineSegment = MemorySegment.ofArray(line);

    PlanarRenderer(PlaneSnapshot planes) {
        this.planes = planes;
    }

    /** Draws lines that differ; all of them if {@code anew}. */
    void render(DisplayRegisters registers, Canvas canvas, boolean anew) {
        ScanGeometry geometry = registers.geometry();
        for (int y = 0; y < geometry.height(); y++) {
            int counter = geometry.counter(y);
            int rowScan = geometry.rowScan(y);
            int first = geometry.address(counter, rowScan);
            int last = geometry.address(counter + geometry.characters() - 1, rowScan);
            if (anew || planes.changed(first, last)) {
                renderLine(registers, geometry, counter, rowScan);
                canvas.draw(0, y, lineSegment, geometry.width());
            }
        }
    }

    private void renderLine(DisplayRegisters registers, ScanGeometry geometry, int counter, int rowScan) {
        int mode = registers.isDispi() ? 0 : registers.graphics(GRAPHICS_MODE);
        int stretch = geometry.stretched() ? 2 : 1;
        int x = 0;
        for (int clock = 0; clock < geometry.characters(); clock++) {
            int address = geometry.address(counter + clock, rowScan);
            for (int dot = 0; dot < CLOCK_DOTS; dot++) {
                int colour = colour(registers, mode, address, dot);
                for (int count = 0; count < stretch; count++) {
                    line[x++] = colour;
                }
            }
        }
    }

    private int colour(DisplayRegisters registers, int mode, int address, int dot) {
        if ((mode & MODE_SHIFT_256) != 0) {
            return registers.palette()[planes.get(dot / 2, address)];
        }
        if ((mode & MODE_SHIFT_INTERLEAVED) != 0) {
            int plane = dot / 4;
            int shift = 6 - dot % 4 * 2;
            int low = planes.get(plane, address) >> shift & 3;
            int high = planes.get(plane + 2, address) >> shift & 3;
            return registers.attributeColours()[low | high << 2];
        }
        int shift = 7 - dot;
        int colour = 0;
        for (int plane = 0; plane < PlaneMemory.PLANES; plane++) {
            colour |= (planes.get(plane, address) >> shift & 1) << plane;
        }
        return registers.attributeColours()[colour];
    }
}
