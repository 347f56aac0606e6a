// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/**
 * A copy of the screen that stands still while it is encoded, and the tiles of it that changed.
 *
 * <p>Pixels are 32 bits, {@code 0x00RRGGBB} little-endian, rows top-down without padding. The damage is a grid of tiles of
 * {@link #TILE_WIDTH} by {@link #TILE_HEIGHT} pixels, row by row; those at the right and lower edges may be cut off. A tile
 * is wide rather than high since memory is compared along rows, and as high as a line of text.
 *
 * <p>One thread at a time. What breaks it: pixels written without marking their tile, which no viewer would then see.
 */
public final class Picture {
    public static final int TILE_WIDTH = 64;
    public static final int TILE_HEIGHT = 16;
    public static final int BYTES_PER_PIXEL = Integer.BYTES;
    /** Largest width and height, in pixels. */
    public static final int MAXIMUM_EXTENT = 8192;
    /** Largest number of pixels; together with the extents it bounds the memory of a hostile mode. */
    public static final int MAXIMUM_PIXELS = 3840 * 2160;

    /** Of the pixels in memory: a cache line, so that no vector load takes two. */
    private static final int ALIGNMENT = 64;

    private int width;
    private int height;
    private int generation;
    private MemorySegment pixels = MemorySegment.NULL;
    private BitSet damage = new BitSet();

    /** A black picture. */
    public Picture(int width, int height) {
        resize(width, height);
    }

    /**
     * Gives the picture another size. It is black and wholly damaged afterwards.
     *
     * @throws IllegalArgumentException if a side is not positive or the picture would be too large
     */
    public void resize(int newWidth, int newHeight) {
        if (newWidth <= 0
                || newHeight <= 0
                || newWidth > MAXIMUM_EXTENT
                || newHeight > MAXIMUM_EXTENT
                || newWidth > MAXIMUM_PIXELS / newHeight) {
            throw new IllegalArgumentException("no picture of " + newWidth + " by " + newHeight + " pixels");
        }
        width = newWidth;
        height = newHeight;
        generation++;
        pixels = Arena.ofAuto().allocate((long) newWidth * newHeight * BYTES_PER_PIXEL, ALIGNMENT);
        damage = new BitSet(columns() * rows());
        damageAll();
    }

    /** In pixels. */
    public int width() {
        return width;
    }

    /** In pixels. */
    public int height() {
        return height;
    }

    /** Counts the sizes the picture has had; a viewer that saw another value has to start over. */
    public int generation() {
        return generation;
    }

    /** Bytes from one row of pixels to the next. */
    public int stride() {
        return width * BYTES_PER_PIXEL;
    }

    /** {@code stride() * height()} bytes; another segment after each {@link #resize}. */
    public MemorySegment pixels() {
        return pixels;
    }

    /** Tiles side by side. */
    public int columns() {
        return (width + TILE_WIDTH - 1) / TILE_WIDTH;
    }

    /** Tiles one above the other. */
    public int rows() {
        return (height + TILE_HEIGHT - 1) / TILE_HEIGHT;
    }

    /** Marks one tile. */
    public void damage(int column, int row) {
        damage.set(row * columns() + column);
    }

    /** Marks every tile. */
    public void damageAll() {
        damage.set(0, columns() * rows());
    }

    /** Whether any tile is marked. */
    public boolean isDamaged() {
        return !damage.isEmpty();
    }

    /** Adds the marked tiles, as {@code row * columns() + column}, to each of the given sets and forgets them. */
    public void takeDamage(Iterable<BitSet> viewers) {
        for (BitSet viewer : viewers) {
            viewer.or(damage);
        }
        damage.clear();
    }
}
