// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

/**
 * ZRLE (RFC 6143, section 7.7.6): tiles of 64 by 64, each in whichever form is shortest before compression, all through one zlib stream.
 *
 * <p>One pass over a tile counts its colours and runs, which is all that the lengths of the forms depend on. Colours are looked up
 * once a run. What breaks it: a tile form chosen by another measure than the one written; the estimate is exact.
 */
public final class ZrleEncoder implements RectangleEncoder {
    private static final int TILE = 64;
    private static final int PACKED_MAXIMUM = 16;
    private static final int PALETTE_MAXIMUM = 127;
    private static final int RUN_LENGTH = 128;
    private static final int RUN_STEP = 255;

    private final ZlibStream zlib;
    private final int level;
    private final PixelTranslator translator;

    /** @param level of compression, 0 to 9 */
    public ZrleEncoder(ZlibStream zlib, PixelFormat format, int level) {
        this.zlib = zlib;
        this.level = level;
        translator = PixelTranslator.forCompressedPixels(format);
    }

    @Override
    public int number() {
        return Encodings.ZRLE;
    }

    @Override
    public int blockWidth() {
        return 2048;
    }

    @Override
    public int blockHeight() {
        return 32;
    }

    @Override
    public void encode(EncodingScratch scratch, int width, int height, ByteSink out) {
        int[] pixels = translator.translate(scratch.pixels(), width * height, scratch.translated);
        ByteSink plain = scratch.plain;
        DeflateBlock block = scratch.block;
        block.clear();
        int lengthAt = out.length();
        out.putInt(0);
        for (int y = 0; y < height; y += TILE) {
            int tileHeight = Math.min(TILE, height - y);
            for (int x = 0; x < width; x += TILE) {
                int tileWidth = Math.min(TILE, width - x);
                for (int row = 0; row < tileHeight; row++) {
                    System.arraycopy(pixels, (y + row) * width + x, scratch.tile, row * tileWidth, tileWidth);
                }
                plain.clear();
                int unit = encodeTile(scratch.tile, scratch.palette, tileWidth, tileHeight, plain);
                zlib.add(plain.array(), plain.length(), unit, level, block, out);
            }
        }
        zlib.finish(block, out);
        out.setInt(lengthAt, out.length() - lengthAt - Integer.BYTES);
    }

    /** Writes a tile uncompressed; how many of its bytes belong together. */
    private int encodeTile(int[] tile, Palette palette, int width, int height, ByteSink plain) {
        int count = width * height;
        int bytes = translator.bytes();
        palette.clear();
        boolean few = true;
        int singles = 0;
        int longer = 0;
        int lengths = 0;
        for (int start = 0; start < count; ) {
            int colour = tile[start];
            int end = start + 1;
            while (end < count && tile[end] == colour) {
                end++;
            }
            few = few && palette.add(colour, PALETTE_MAXIMUM);
            if (end - start == 1) {
                singles++;
            } else {
                longer++;
                lengths += (end - start - 1) / RUN_STEP + 1;
            }
            start = end;
        }
        int colours = palette.size();
        if (colours == 1 && few) {
            plain.put(1);
            plain.putPixel(tile[0], bytes);
            return 1;
        }
        int raw = count * bytes;
        int plainRuns = (singles + longer) * bytes + singles + lengths;
        int paletteRuns = few ? colours * bytes + singles + longer + lengths : Integer.MAX_VALUE;
        int bits = colours <= 2 ? 1 : colours <= 4 ? 2 : 4;
        int packed = few && colours <= PACKED_MAXIMUM
                ? colours * bytes + height * ((width * bits + 7) / 8)
                : Integer.MAX_VALUE;
        int least = Math.min(Math.min(raw, plainRuns), Math.min(paletteRuns, packed));
        if (least == packed) {
            putPalette(palette, colours, bytes, plain);
            putPacked(tile, palette, width, height, bits, plain);
        } else if (least == paletteRuns) {
            putPalette(palette, RUN_LENGTH + colours, bytes, plain);
            putPaletteRuns(tile, palette, count, plain);
        } else if (least == plainRuns) {
            plain.put(RUN_LENGTH);
            putRuns(tile, count, bytes, plain);
        } else {
            plain.put(0);
            plain.putPixels(tile, 0, count, bytes);
            return bytes;
        }
        return 1;
    }

    private static void putPalette(Palette palette, int form, int bytes, ByteSink plain) {
        plain.put(form);
        for (int index = 0; index < palette.size(); index++) {
            plain.putPixel(palette.colour(index), bytes);
        }
    }

    private static void putPacked(int[] tile, Palette palette, int width, int height, int bits, ByteSink plain) {
        plain.reserve(width * height);
        int last = tile[0];
        int index = palette.indexOf(last);
        for (int y = 0; y < height; y++) {
            int packed = 0;
            int free = Byte.SIZE;
            for (int at = y * width; at < (y + 1) * width; at++) {
                if (tile[at] != last) {
                    last = tile[at];
                    index = palette.indexOf(last);
                }
                free -= bits;
                packed |= index << free;
                if (free == 0) {
                    plain.put(packed);
                    packed = 0;
                    free = Byte.SIZE;
                }
            }
            if (free != Byte.SIZE) {
                plain.put(packed);
            }
        }
    }

    private static void putPaletteRuns(int[] tile, Palette palette, int count, ByteSink plain) {
        for (int start = 0; start < count; ) {
            int end = endOfRun(tile, start, count);
            int index = palette.indexOf(tile[start]);
            if (end - start == 1) {
                plain.put(index);
            } else {
                plain.put(index | RUN_LENGTH);
                putLength(end - start, plain);
            }
            start = end;
        }
    }

    private static void putRuns(int[] tile, int count, int bytes, ByteSink plain) {
        for (int start = 0; start < count; ) {
            int end = endOfRun(tile, start, count);
            plain.putPixel(tile[start], bytes);
            putLength(end - start, plain);
            start = end;
        }
    }

    private static int endOfRun(int[] tile, int start, int count) {
        int end = start + 1;
        while (end < count && tile[end] == tile[start]) {
            end++;
        }
        return end;
    }

    private static void putLength(int length, ByteSink plain) {
        int rest = length - 1;
        while (rest >= RUN_STEP) {
            plain.put(RUN_STEP);
            rest -= RUN_STEP;
        }
        plain.put(rest);
    }
}
