// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Draws into a picture. Pixels that are there already stay, so that exactly the tiles that differ are marked. */
final class Canvas {
    /** How a pixel lies in memory. */
    static final ValueLayout.OfInt PIXEL = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Picture picture;
    private MemorySegment pixels = MemorySegment.NULL;

    /** Draws into this picture from now on. Once more after it was resized. */
    void open(Picture target) {
        picture = target;
        pixels = target.pixels();
    }

    Picture picture() {
        return picture;
    }

    MemorySegment pixels() {
        return pixels;
    }

    /** Pixels of one line, {@code 0x00RRGGBB}, which have to lie within the picture. */
    void draw(int x, int y, MemorySegment colours, int count) {
        int row = y / Picture.TILE_HEIGHT;
        int at = 0;
        while (at < count) {
            int column = (x + at) / Picture.TILE_WIDTH;
            int end = Math.min(count, (column + 1) * Picture.TILE_WIDTH - x);
            long from = (long) at * Picture.BYTES_PER_PIXEL;
            long to = (long) end * Picture.BYTES_PER_PIXEL;
            long target = ((long) y * picture.width() + x + at) * Picture.BYTES_PER_PIXEL;
            long length = to - from;
            if (MemorySegment.mismatch(colours, from, to, pixels, target, target + length) >= 0) {
                MemorySegment.copy(colours, from, pixels, target, length);
                picture.damage(column, row);
            }
            at = end;
        }
    }

    /** Everything black. */
    void clear() {
        int stride = picture.stride();
        MemorySegment black = MemorySegment.ofArray(new int[picture.width()]);
        for (int y = 0; y < picture.height(); y++) {
            if (MemorySegment.mismatch(black, 0, stride, pixels, (long) y * stride, (long) (y + 1) * stride) >= 0) {
                draw(0, y, black, picture.width());
            }
        }
    }

    /** Marks the tile of a pixel that was written without {@link #draw}. */
    void damage(int x, int y) {
        picture.damage(x / Picture.TILE_WIDTH, y / Picture.TILE_HEIGHT);
    }
}
