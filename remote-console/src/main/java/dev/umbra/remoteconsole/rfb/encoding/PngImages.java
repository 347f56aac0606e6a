// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes PNG files (ISO/IEC 15948): a palette of up to 256 colours, or true colour as differences from the pixel to the left. */
public final class PngImages {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int TRUE_COLOUR = 2;
    private static final int INDEXED = 3;
    private static final int FILTER_SUB = 1;
    private static final int MARGIN = 64;
    private static final int LEVEL = 6;

    private PngImages() {}

    /** A picture in true colour, {@code 0x00RRGGBB} row by row, as a PNG file. */
    public static byte[] encode(int[] pixels, int width, int height) {
        ByteSink out = new ByteSink(pixels.length / 2 + MARGIN);
        write(pixels, width, height, null, LEVEL, new ByteSink(3 * pixels.length + height), out);
        return Arrays.copyOf(out.array(), out.length());
    }

    /** @param palette of the pixels, or null for true colour */
    static void write(int[] pixels, int width, int height, Palette palette, int level, ByteSink plain, ByteSink out) {
        out.put(SIGNATURE, 0, SIGNATURE.length);
        int header = begin("IHDR", out);
        out.putInt(width);
        out.putInt(height);
        out.put(Byte.SIZE);
        out.put(palette != null ? INDEXED : TRUE_COLOUR);
        out.put(0);
        out.putShort(0);
        end(header, out);
        plain.clear();
        if (palette != null) {
            putPalette(palette, out);
            putIndices(pixels, width, height, palette, plain);
        } else {
            putDifferences(pixels, width, height, plain);
        }
        int data = begin("IDAT", out);
        compress(plain, level, out);
        end(data, out);
        end(begin("IEND", out), out);
    }

    private static void putPalette(Palette palette, ByteSink out) {
        int chunk = begin("PLTE", out);
        for (int index = 0; index < palette.size(); index++) {
            out.put(palette.colour(index) >>> 16);
            out.putShort(palette.colour(index));
        }
        end(chunk, out);
    }

    private static void putIndices(int[] pixels, int width, int height, Palette palette, ByteSink plain) {
        for (int y = 0; y < height; y++) {
            plain.put(0);
            for (int at = y * width; at < (y + 1) * width; at++) {
                plain.put(palette.indexOf(pixels[at]));
            }
        }
    }

    private static void putDifferences(int[] pixels, int width, int height, ByteSink plain) {
        for (int y = 0; y < height; y++) {
            plain.put(FILTER_SUB);
            int left = 0;
            for (int at = y * width; at < (y + 1) * width; at++) {
                int pixel = pixels[at];
                plain.put((pixel >>> 16) - (left >>> 16));
                plain.put((pixel >>> 8) - (left >>> 8));
                plain.put(pixel - left);
                left = pixel;
            }
        }
    }

    private static void compress(ByteSink plain, int level, ByteSink out) {
        try (Deflater deflater = new Deflater(level)) {
            deflater.setInput(plain.array(), 0, plain.length());
            deflater.finish();
            while (!deflater.finished()) {
                out.reserve(plain.length() / 2 + MARGIN);
                out.advance(deflater.deflate(out.array(), out.length(), out.array().length - out.length()));
            }
        }
    }

    private static int begin(String type, ByteSink out) {
        int start = out.length();
        out.putInt(0);
        out.put(type.getBytes(StandardCharsets.US_ASCII), 0, Integer.BYTES);
        return start;
    }

    private static void end(int start, ByteSink out) {
        int content = out.length() - start - 2 * Integer.BYTES;
        out.setInt(start, content);
        CRC32 check = new CRC32();
        check.update(out.array(), start + Integer.BYTES, Integer.BYTES + content);
        out.putInt((int) check.getValue());
    }
}
