// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** A display with its surroundings, and the check that what was drawn bit by bit is what is drawn at once. */
abstract class VgaTest {
    static final int MEMORY_SIZE = 4 << 20;

    final FakeFrameBuffer frameBuffer = new FakeFrameBuffer(MEMORY_SIZE);
    final byte[] planeBytes = new byte[VgaDisplay.PLANE_MEMORY_SIZE];
    final VgaDisplay display = new VgaDisplay(MemorySegment.ofArray(planeBytes), frameBuffer);
    final Screen screen = display.screen(frameBuffer);
    final Picture picture = new Picture(1, 1);

    @AfterEach
    final void checkFullRefreshShowsTheSame() {
        refresh();
        VgaDisplay other = new VgaDisplay(MemorySegment.ofArray(planeBytes), frameBuffer);
        other.restore(display.state());
        Picture expected = new Picture(1, 1);
        other.screen(frameBuffer).refresh(expected);

        assertThat(picture.pixels().mismatch(expected.pixels())).isEqualTo(-1);
    }

    /** Brings the picture up to date and gives the tiles that changed. */
    final BitSet refresh() {
        screen.refresh(picture);
        BitSet damage = new BitSet();
        picture.takeDamage(List.of(damage));
        return damage;
    }

    final int pixel(int x, int y) {
        return picture.pixels().get(Canvas.PIXEL, ((long) y * picture.width() + x) * Picture.BYTES_PER_PIXEL);
    }

    final int[] pixels() {
        return picture.pixels().toArray(Canvas.PIXEL);
    }

    final int tile(int x, int y) {
        return y / Picture.TILE_HEIGHT * picture.columns() + x / Picture.TILE_WIDTH;
    }

    final void setColour(int index, int red, int green, int blue) {
        display.portWrite(0x3c8, 1, index);
        display.portWrite(0x3c9, 1, red);
        display.portWrite(0x3c9, 1, green);
        display.portWrite(0x3c9, 1, blue);
    }

    /** Colour n has the levels n, 63 - n and 2n, each of six bits. */
    final void loadPalette() {
        for (int index = 0; index < 256; index++) {
            setColour(index, index & 0x3f, 63 - index & 0x3f, 2 * index & 0x3f);
        }
    }

    static int loadedColour(int index) {
        return eight(index & 0x3f) << 16 | eight(63 - index & 0x3f) << 8 | eight(2 * index & 0x3f);
    }

    private static int eight(int six) {
        return (six << 2) + (six >> 4);
    }

    final void dispi(int register, int value) {
        display.portWrite(0x1ce, 2, register);
        display.portWrite(0x1cf, 2, value);
    }

    final int dispi(int register) {
        display.portWrite(0x1ce, 2, register);
        return display.portRead(0x1cf, 2);
    }

    final void index(int port, int index, int value) {
        display.portWrite(port, 2, index | value << 8);
    }
}
