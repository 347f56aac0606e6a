// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

/**
 * Tight and TightPNG (registered with IANA as 7 and -260): a fill, two colours as bits, a palette, or all the pixels, each through
 * the zlib stream of its kind; photographs as JPEG if the client has named a quality. TightPNG sends PNG files in place of zlib
 * streams, which browsers decode themselves.
 *
 * <p>Blocks are small enough that most have few colours even on a screen with many: a byte a pixel compresses in a third of the time
 * that three take. Searching further gains little in pixels of all colours, so that they get a level less. What breaks it: less than {@value #COMPRESSED_LEAST} bytes compressed, which the client would take as they are.
 */
public final class TightEncoder implements RectangleEncoder {
    private static final int COMPRESSED_LEAST = 12;
    private static final int EXPLICIT_FILTER = 0x40;
    private static final int PALETTE_FILTER = 1;
    private static final int FILL = 0x80;
    private static final int JPEG = 0x90;
    private static final int PNG = 0xa0;
    private static final int STREAM_SHIFT = 4;

    private final TightStreams streams;
    private final PixelTranslator translator;
    private final int level;
    private final JpegImages jpeg;
    private final boolean png;
    private final ByteSink image = new ByteSink(16 << 10);

    /**
     * @param level of compression, 0 to 9
     * @param jpegQuality 0 to 9, or negative for no losses
     * @param png whether to send PNG files in place of zlib streams
     */
    public TightEncoder(TightStreams streams, PixelFormat format, int level, int jpegQuality, boolean png) {
        this.streams = streams;
        this.level = level;
        this.png = png;
        translator = PixelTranslator.forTightPixels(format);
        jpeg = jpegQuality >= 0 && format.bitsPerPixel() > Byte.SIZE ? new JpegImages(jpegQuality) : null;
    }

    @Override
    public int number() {
        return png ? Encodings.TIGHT_PNG : Encodings.TIGHT;
    }

    @Override
    public int blockWidth() {
        return 256;
    }

    @Override
    public int blockHeight() {
        return 64;
    }

    @Override
    public void encode(EncodingScratch scratch, int width, int height, ByteSink out) {
        int count = width * height;
        int[] source = scratch.pixels();
        int[] pixels = png ? source : translator.translate(source, count, scratch.translated);
        Palette palette = scratch.palette;
        boolean few = collect(pixels, count, palette);
        if (few && palette.size() == 1) {
            out.put(FILL);
            out.putPixel(png ? translator.translate(pixels[0]) : pixels[0], translator.bytes());
        } else if (!few && jpeg != null) {
            image.clear();
            jpeg.write(source, width, height, image);
            putImage(JPEG, out);
        } else if (png) {
            image.clear();
            PngImages.write(pixels, width, height, few ? palette : null, level, scratch.plain, image);
            putImage(PNG, out);
        } else if (few) {
            putPalette(pixels, width, height, scratch, out);
        } else {
            ByteSink plain = scratch.plain;
            plain.clear();
            plain.putPixels(pixels, 0, count, translator.bytes());
            out.put(TightStreams.FULL_COLOUR << STREAM_SHIFT);
            putData(TightStreams.FULL_COLOUR, Math.min(level, Math.max(1, level - 1)), plain, out);
        }
    }

    /** Collects the colours; false when there are too many. */
    private static boolean collect(int[] pixels, int count, Palette palette) {
        palette.clear();
        int last = ~pixels[0];
        for (int index = 0; index < count; index++) {
            int pixel = pixels[index];
            if (pixel != last) {
                last = pixel;
                if (!palette.add(pixel, Palette.MAXIMUM)) {
                    return false;
                }
            }
        }
        return true;
    }

    private void putPalette(int[] pixels, int width, int height, EncodingScratch scratch, ByteSink out) {
        Palette palette = scratch.palette;
        int stream = palette.size() == 2 ? TightStreams.TWO_COLOURS : TightStreams.PALETTE;
        out.put(stream << STREAM_SHIFT | EXPLICIT_FILTER);
        out.put(PALETTE_FILTER);
        out.put(palette.size() - 1);
        for (int index = 0; index < palette.size(); index++) {
            out.putPixel(palette.colour(index), translator.bytes());
        }
        ByteSink plain = scratch.plain;
        plain.clear();
        if (stream == TightStreams.TWO_COLOURS) {
            putBits(pixels, width, height, palette.colour(1), plain);
        } else {
            putIndices(pixels, width * height, palette, plain);
        }
        putData(stream, level, plain, out);
    }

    private static void putBits(int[] pixels, int width, int height, int set, ByteSink plain) {
        for (int y = 0; y < height; y++) {
            int bits = 0;
            int free = Byte.SIZE;
            for (int at = y * width; at < (y + 1) * width; at++) {
                free--;
                bits |= (pixels[at] == set ? 1 : 0) << free;
                if (free == 0) {
                    plain.put(bits);
                    bits = 0;
                    free = Byte.SIZE;
                }
            }
            if (free != Byte.SIZE) {
                plain.put(bits);
            }
        }
    }

    static void putIndices(int[] pixels, int count, Palette palette, ByteSink plain) {
        plain.reserve(count);
        byte[] target = plain.array();
        int at = plain.length();
        int last = pixels[0];
        byte index = (byte) palette.indexOf(last);
        for (int pixel = 0; pixel < count; pixel++) {
            if (pixels[pixel] != last) {
                last = pixels[pixel];
                index = (byte) palette.indexOf(last);
            }
            target[at + pixel] = index;
        }
        plain.advance(count);
    }

    private void putData(int stream, int effort, ByteSink plain, ByteSink out) {
        if (plain.length() < COMPRESSED_LEAST) {
            out.put(plain.array(), 0, plain.length());
            return;
        }
        image.clear();
        streams.stream(stream).compress(plain.array(), plain.length(), effort, image);
        putLength(image.length(), out);
        out.put(image.array(), 0, image.length());
    }

    private void putImage(int control, ByteSink out) {
        out.put(control);
        putLength(image.length(), out);
        out.put(image.array(), 0, image.length());
    }

    private static void putLength(int length, ByteSink out) {
        if (length < 1 << 7) {
            out.put(length);
        } else if (length < 1 << 14) {
            out.put(length & 0x7f | 0x80);
            out.put(length >>> 7);
        } else {
            out.put(length & 0x7f | 0x80);
            out.put(length >>> 7 & 0x7f | 0x80);
            out.put(length >>> 14);
        }
    }
}
