// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

/**
 * Hextile (RFC 6143, section 7.7.4): tiles of 16 by 16, each a background with rectangles of other colours on it, or raw where that
 * would be longer. Colours carry over from tile to tile except across raw ones.
 */
public final class HextileEncoder implements RectangleEncoder {
    private static final int TILE = 16;
    private static final int RAW = 1;
    private static final int BACKGROUND = 2;
    private static final int FOREGROUND = 4;
    private static final int SUBRECTANGLES = 8;
    private static final int COLOURED = 16;
    private static final int SUBRECTANGLES_MAXIMUM = 255;

    private final PixelTranslator translator;
    private final int[] taken = new int[TILE];
    private boolean backgroundKnown;
    private boolean foregroundKnown;
    private int background;
    private int foreground;

    public HextileEncoder(PixelFormat format) {
        translator = PixelTranslator.forPixels(format);
    }

    @Override
    public int number() {
        return Encodings.HEXTILE;
    }

    @Override
    public int blockWidth() {
        return 1024;
    }

    @Override
    public int blockHeight() {
        return 64;
    }

    @Override
    public void encode(EncodingScratch scratch, int width, int height, ByteSink out) {
        int[] pixels = translator.translate(scratch.pixels(), width * height, scratch.translated);
        backgroundKnown = false;
        foregroundKnown = false;
        for (int y = 0; y < height; y += TILE) {
            for (int x = 0; x < width; x += TILE) {
                int tileWidth = Math.min(TILE, width - x);
                int tileHeight = Math.min(TILE, height - y);
                for (int row = 0; row < tileHeight; row++) {
                    System.arraycopy(pixels, (y + row) * width + x, scratch.tile, row * tileWidth, tileWidth);
                }
                encodeTile(scratch, tileWidth, tileHeight, out);
            }
        }
    }

    private void encodeTile(EncodingScratch scratch, int width, int height, ByteSink out) {
        int[] tile = scratch.tile;
        int bytes = translator.bytes();
        Palette palette = scratch.palette;
        palette.clear();
        for (int index = 0; index < width * height; index++) {
            if (!palette.add(tile[index], 3)) {
                break;
            }
        }
        int start = out.length();
        int newBackground = commonest(tile, width * height, palette);
        int flags = 0;
        out.put(0);
        if (!backgroundKnown || background != newBackground) {
            flags |= BACKGROUND;
            out.putPixel(newBackground, bytes);
        }
        if (palette.size() == 1) {
            out.set(start, flags);
            remember(newBackground, foregroundKnown, foreground);
            return;
        }
        boolean coloured = palette.size() > 2;
        int newForeground = palette.colour(palette.colour(0) == newBackground ? 1 : 0);
        if (!coloured && (!foregroundKnown || foreground != newForeground)) {
            flags |= FOREGROUND;
            out.putPixel(newForeground, bytes);
        }
        flags |= SUBRECTANGLES | (coloured ? COLOURED : 0);
        int limit = start + 1 + width * height * bytes;
        if (!subrectangles(tile, width, height, newBackground, coloured, limit, out)) {
            out.truncate(start);
            out.put(RAW);
            out.putPixels(tile, 0, width * height, bytes);
            backgroundKnown = false;
            foregroundKnown = false;
            return;
        }
        out.set(start, flags);
        remember(newBackground, !coloured, newForeground);
    }

    private void remember(int newBackground, boolean withForeground, int newForeground) {
        backgroundKnown = true;
        background = newBackground;
        foregroundKnown = withForeground;
        foreground = newForeground;
    }

    private static int commonest(int[] tile, int count, Palette palette) {
        if (palette.size() == 1) {
            return tile[0];
        }
        int first = 0;
        int second = 0;
        for (int index = 0; index < count; index++) {
            if (tile[index] == palette.colour(0)) {
                first++;
            } else if (tile[index] == palette.colour(1)) {
                second++;
            }
        }
        return palette.colour(first >= second ? 0 : 1);
    }

    /** Writes rectangles over the background, as high as possible, then as wide; false when there are too many. */
    private boolean subrectangles(
            int[] tile, int width, int height, int under, boolean coloured, int limit, ByteSink out) {
        int countAt = out.length();
        int count = 0;
        out.put(0);
        for (int row = 0; row < height; row++) {
            taken[row] = 0;
        }
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int colour = tile[y * width + x];
                if (colour == under || (taken[y] >>> x & 1) != 0) {
                    continue;
                }
                int right = x + 1;
                while (right < width && tile[y * width + right] == colour && (taken[y] >>> right & 1) == 0) {
                    right++;
                }
                int bottom = y + 1;
                while (bottom < height && isRun(tile, bottom * width + x, right - x, colour)) {
                    bottom++;
                }
                for (int row = y; row < bottom; row++) {
                    taken[row] |= (1 << right) - (1 << x);
                }
                if (coloured) {
                    out.putPixel(colour, translator.bytes());
                }
                out.put(x << 4 | y);
                out.put(right - x - 1 << 4 | bottom - y - 1);
                count++;
                if (count > SUBRECTANGLES_MAXIMUM || out.length() >= limit) {
                    return false;
                }
            }
        }
        out.set(countAt, count);
        return true;
    }

    private static boolean isRun(int[] tile, int start, int length, int colour) {
        for (int index = start; index < start + length; index++) {
            if (tile[index] != colour) {
                return false;
            }
        }
        return true;
    }
}
