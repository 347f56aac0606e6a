// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.vnc;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * How pixels travel (RFC 6143, section 7.4), true colour always.
 *
 * @param bitsPerPixel 8, 16 or 32
 */
public record PixelFormat(
        int bitsPerPixel,
        int depth,
        boolean bigEndian,
        int redMax,
        int greenMax,
        int blueMax,
        int redShift,
        int greenShift,
        int blueShift) {
    /** 0x00RRGGBB, the lowest byte first. */
    public static final PixelFormat XRGB = new PixelFormat(32, 24, false, 255, 255, 255, 16, 8, 0);

    /** Nothing where most clients have it. */
    public static final PixelFormat BGRX_BIG_ENDIAN = new PixelFormat(32, 24, true, 255, 255, 255, 8, 16, 24);

    /** All 32 bits are told to matter, so that nothing can be left out. */
    public static final PixelFormat DEEP = new PixelFormat(32, 32, false, 255, 255, 255, 0, 8, 16);

    public static final PixelFormat RGB565 = new PixelFormat(16, 16, false, 31, 63, 31, 11, 5, 0);
    public static final PixelFormat RGB555_BIG_ENDIAN = new PixelFormat(16, 15, true, 31, 31, 31, 10, 5, 0);
    public static final PixelFormat BGR233 = new PixelFormat(8, 8, false, 7, 7, 3, 0, 3, 6);

    private static final int INTENSITY = 255;

    int bytesPerPixel() {
        return bitsPerPixel / Byte.SIZE;
    }

    void write(DataOutputStream out) throws IOException {
        out.writeByte(bitsPerPixel);
        out.writeByte(depth);
        out.writeBoolean(bigEndian);
        out.writeBoolean(true);
        out.writeShort(redMax);
        out.writeShort(greenMax);
        out.writeShort(blueMax);
        out.writeByte(redShift);
        out.writeByte(greenShift);
        out.writeByte(blueShift);
        out.write(new byte[3]);
    }

    /** Reads a whole pixel as 0x00RRGGBB. */
    int read(DataInputStream in) throws IOException {
        return colour(number(in, bytesPerPixel()));
    }

    /** Reads a pixel of ZRLE, from which a byte that carries nothing is left out. */
    int readCompressed(DataInputStream in) throws IOException {
        if (bitsPerPixel != Integer.SIZE || depth > 24) {
            return read(in);
        }
        int used = redMax << redShift | greenMax << greenShift | blueMax << blueShift;
        if (used >>> 24 == 0) {
            return colour(number(in, 3));
        }
        return (used & 0xff) == 0 ? colour(number(in, 3) << 8) : read(in);
    }

    /** Reads a pixel of Tight: red, green, blue where each has eight bits. */
    int readTight(DataInputStream in) throws IOException {
        return isTightTriple() ? in.readUnsignedByte() << 16 | in.readUnsignedShort() : read(in);
    }

    int tightBytes() {
        return isTightTriple() ? 3 : bytesPerPixel();
    }

    private boolean isTightTriple() {
        return bitsPerPixel == Integer.SIZE
                && depth == 24
                && redMax == INTENSITY
                && greenMax == INTENSITY
                && blueMax == INTENSITY;
    }

    private int number(DataInputStream in, int bytes) throws IOException {
        int number = 0;
        for (int index = 0; index < bytes; index++) {
            int next = in.readUnsignedByte();
            number = bigEndian ? number << 8 | next : number | next << 8 * index;
        }
        return number;
    }

    private int colour(int pixel) {
        return intensity(pixel >>> redShift & redMax, redMax) << 16
                | intensity(pixel >>> greenShift & greenMax, greenMax) << 8
                | intensity(pixel >>> blueShift & blueMax, blueMax);
    }

    private static int intensity(int value, int max) {
        return (value * INTENSITY + max / 2) / max;
    }

    /** The colour that is left of one in this format, when each intensity is rounded to the nearest there is. */
    public int nearest(int colour) {
        return nearest(colour >>> 16 & 0xff, redMax) << 16
                | nearest(colour >>> 8 & 0xff, greenMax) << 8
                | nearest(colour & 0xff, blueMax);
    }

    private static int nearest(int value, int max) {
        return intensity((value * max + INTENSITY / 2) / INTENSITY, max);
    }
}
