// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Tight and TightPNG (registered with IANA as 7 and -260): a fill, two colours as bits, a palette, or all the pixels, each through
 * the zlib stream of its kind; photographs as JPEG if the client has named a quality. TightPNG sends PNG files in place of zlib
 * streams, which browsers decode themselves.
 *
 * <p>Blocks are as small as a line of text is high, so that most have few colours even on a screen with many: a bit a pixel compresses
 * in no time, a byte in a third of what three take. Image files need larger ones, for each has its own tables. Repetitions are not
 * searched in photographs, which have hardly any: a third of the time for a few bytes more. What breaks it: less than
 * {@value #COMPRESSED_LEAST} bytes compressed, which the client would take as they are; and such a search given up for gradients or
 * patterns, which have many colours but shrink to nothing, hence the look at neighbours.
 */
public final class TightEncoder implements RectangleEncoder {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** Multiplied by it, the lowest bits of eight bytes meet in the highest byte, in order. */
    private static final long BIT_GATHERER = 0x0102040810204080L;

    private static final int COMPRESSED_LEAST = 12;
    private static final int EXPLICIT_FILTER = 0x40;
    private static final int PALETTE_FILTER = 1;
    private static final int FILL = 0x80;
    private static final int JPEG = 0x90;
    private static final int PNG = 0xa0;
    private static final int STREAM_SHIFT = 4;
    private static final int NOISE_ROW_STEP = 8;
    private static final int NOISE_ALIKE_SHARE = 4;

    private final TightStreams streams;
    private final PixelTranslator translator;
    private final int level;
    private final JpegImages jpeg;
    private final boolean png;
    private final boolean images;
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
        images = png || jpeg != null;
    }

    @Override
    public int number() {
        return png ? Encodings.TIGHT_PNG : Encodings.TIGHT;
    }

    @Override
    public int blockWidth() {
        return images ? 256 : 128;
    }

    @Override
    public int blockHeight() {
        return images ? 64 : 16;
    }

    @Override
    public void encode(EncodingScratch scratch, int width, int height, ByteSink out) {
        int count = width * height;
        int[] source = scratch.pixels();
        int[] pixels = png ? source : translator.translate(source, count, scratch.translated);
        Palette palette = scratch.palette;
        boolean few = number(pixels, count, palette, scratch.plain);
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
            putPalette(width, height, scratch, out);
        } else {
            ByteSink plain = scratch.plain;
            plain.clear();
            plain.putPixels(pixels, 0, count, translator.bytes());
            out.put(TightStreams.FULL_COLOUR << STREAM_SHIFT);
            int effort = isNoise(pixels, width, height) ? 0 : level;
            putData(scratch, TightStreams.FULL_COLOUR, translator.bytes(), effort, out);
        }
    }

    /** Collects the colours, and writes each pixel as the number of its colour; false when there are too many. */
    private static boolean number(int[] pixels, int count, Palette palette, ByteSink numbers) {
        palette.clear();
        numbers.clear();
        int change = Arrays.mismatch(pixels, 0, count - 1, pixels, 1, count);
        palette.add(pixels[0], Palette.MAXIMUM);
        if (change < 0) {
            return true;
        }
        numbers.reserve(count);
        byte[] target = numbers.array();
        Arrays.fill(target, 0, change + 1, (byte) 0);
        int last = pixels[0];
        int number = 0;
        for (int index = change + 1; index < count; index++) {
            int pixel = pixels[index];
            if (pixel != last) {
                last = pixel;
                number = palette.number(pixel);
                if (number < 0) {
                    return false;
                }
            }
            target[index] = (byte) number;
        }
        numbers.advance(count);
        return true;
    }

    /** Whether few pixels are like a neighbour, judged by some of the rows. */
    private static boolean isNoise(int[] pixels, int width, int height) {
        int looked = 0;
        int alike = 0;
        for (int y = 1; y < height; y += NOISE_ROW_STEP) {
            int end = (y + 1) * width - 1;
            for (int at = y * width + 1; at < end; at++) {
                int pixel = pixels[at];
                int above = at - width;
                if (pixel == pixels[at - 1]
                        | pixel == pixels[above]
                        | pixel == pixels[above - 1]
                        | pixel == pixels[above + 1]) {
                    alike++;
                }
                looked++;
            }
        }
        return alike < looked / NOISE_ALIKE_SHARE;
    }

    private void putPalette(int width, int height, EncodingScratch scratch, ByteSink out) {
        Palette palette = scratch.palette;
        int stream = palette.size() == 2 ? TightStreams.TWO_COLOURS : TightStreams.PALETTE;
        out.put(stream << STREAM_SHIFT | EXPLICIT_FILTER);
        out.put(PALETTE_FILTER);
        out.put(palette.size() - 1);
        for (int index = 0; index < palette.size(); index++) {
            out.putPixel(palette.colour(index), translator.bytes());
        }
        ByteSink plain = scratch.plain;
        if (stream == TightStreams.TWO_COLOURS) {
            packBits(plain, width, height);
        }
        putData(scratch, stream, 1, level, out);
    }

    /** Turns numbers 0 and 1, a byte each, into bits in place, each row from a new byte on. */
    private static void packBits(ByteSink plain, int width, int height) {
        byte[] bytes = plain.array();
        int packed = 0;
        for (int y = 0; y < height; y++) {
            int at = y * width;
            int end = at + width;
            for (; at + Long.BYTES <= end; at += Long.BYTES) {
                bytes[packed++] = (byte) ((long) LONG.get(bytes, at) * BIT_GATHERER >>> Long.SIZE - Byte.SIZE);
            }
            if (at < end) {
                int bits = 0;
                for (int place = Byte.SIZE - 1; at < end; at++, place--) {
                    bits |= bytes[at] << place;
                }
                bytes[packed++] = (byte) bits;
            }
        }
        plain.truncate(packed);
    }

    private void putData(EncodingScratch scratch, int stream, int unit, int effort, ByteSink out) {
        ByteSink plain = scratch.plain;
        if (plain.length() < COMPRESSED_LEAST) {
            out.put(plain.array(), 0, plain.length());
            return;
        }
        image.clear();
        streams.stream(stream).compress(plain.array(), plain.length(), unit, effort, scratch.block, image);
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
