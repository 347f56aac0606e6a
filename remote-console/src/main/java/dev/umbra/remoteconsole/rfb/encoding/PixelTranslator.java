// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

/**
 * Turns {@code 0x00RRGGBB} into what a client reads, by one table per colour.
 *
 * <p>The tables hold each intensity where its bits are on the wire, byte order included, so that every format is written with the
 * lowest byte first. Since colours are combined by OR, exchanging bytes in the tables is the same as exchanging them in the pixel.
 */
public final class PixelTranslator {
    private static final int INTENSITIES = 256;
    private static final int LOW_BYTES = 3;

    private final int bytes;
    private final boolean identity;
    private final boolean reversed;
    private final int[] red = new int[INTENSITIES];
    private final int[] green = new int[INTENSITIES];
    private final int[] blue = new int[INTENSITIES];

    private PixelTranslator(PixelFormat format, int bytes, int dropped) {
        this.bytes = bytes;
        for (int value = 0; value < INTENSITIES; value++) {
            red[value] = wire(format, value, format.redMax(), format.redShift()) >>> dropped;
            green[value] = wire(format, value, format.greenMax(), format.greenShift()) >>> dropped;
            blue[value] = wire(format, value, format.blueMax(), format.blueShift()) >>> dropped;
        }
        identity = isPlain(red, green, blue);
        reversed = isPlain(blue, green, red);
    }

    /** Whole pixels. */
    public static PixelTranslator forPixels(PixelFormat format) {
        PixelFormat effective = format.inTrueColour();
        return new PixelTranslator(effective, effective.bytesPerPixel(), 0);
    }

    /** Compressed pixels of ZRLE: three bytes where the fourth is always zero (RFC 6143, section 7.7.5). */
    public static PixelTranslator forCompressedPixels(PixelFormat format) {
        PixelTranslator whole = forPixels(format);
        if (!format.trueColour() || format.bitsPerPixel() != 32 || format.depth() > 24) {
            return whole;
        }
        int used = whole.red[INTENSITIES - 1] | whole.green[INTENSITIES - 1] | whole.blue[INTENSITIES - 1];
        if (used >>> 24 == 0) {
            return new PixelTranslator(format, LOW_BYTES, 0);
        }
        return (used & 0xff) == 0 ? new PixelTranslator(format, LOW_BYTES, 8) : whole;
    }

    /** Pixels of Tight: red, green and blue in a byte each if the format has them in so many bits. */
    public static PixelTranslator forTightPixels(PixelFormat format) {
        boolean packed = format.trueColour()
                && format.bitsPerPixel() == 32
                && format.depth() == 24
                && format.redMax() == 255
                && format.greenMax() == 255
                && format.blueMax() == 255;
        return packed
                ? new PixelTranslator(new PixelFormat(32, 24, false, true, 255, 255, 255, 0, 8, 16), LOW_BYTES, 0)
                : forPixels(format);
    }

    /** Bytes a pixel takes on the wire. */
    public int bytes() {
        return bytes;
    }

    /** Translates {@code count} pixels into {@code target} and returns it, or {@code source} if there is nothing to do. */
    public int[] translate(int[] source, int count, int[] target) {
        if (identity) {
            return source;
        }
        if (reversed) {
            for (int index = 0; index < count; index++) {
                target[index] = Integer.reverseBytes(source[index]) >>> Byte.SIZE;
            }
        } else {
            for (int index = 0; index < count; index++) {
                target[index] = translate(source[index]);
            }
        }
        return target;
    }

    /** The pixel as it is written with the lowest byte first. */
    public int translate(int pixel) {
        return red[pixel >>> 16 & 0xff] | green[pixel >>> 8 & 0xff] | blue[pixel & 0xff];
    }

    private static boolean isPlain(int[] high, int[] middle, int[] low) {
        for (int value = 0; value < INTENSITIES; value++) {
            if (high[value] != value << 16 || middle[value] != value << 8 || low[value] != value) {
                return false;
            }
        }
        return true;
    }

    private static int wire(PixelFormat format, int value, int max, int shift) {
        int pixel = (int) ((long) value * max + 127) / 255 << shift;
        if (!format.bigEndian()) {
            return pixel;
        }
        return Integer.reverseBytes(pixel) >>> Integer.SIZE - format.bitsPerPixel();
    }
}
