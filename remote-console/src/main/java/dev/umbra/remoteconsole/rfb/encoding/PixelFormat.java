// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

import io.netty.buffer.ByteBuf;

/**
 * How a client wants a pixel (RFC 6143, section 7.4).
 *
 * @param bitsPerPixel 8, 16 or 32
 * @param depth bits of it that mean something
 * @param bigEndian order of the bytes of a pixel
 * @param trueColour whether a pixel is made of three intensities; otherwise it is an index into a colour map
 * @param redMax highest intensity, a power of two less one
 * @param greenMax likewise
 * @param blueMax likewise
 * @param redShift place of the lowest bit of the intensity
 * @param greenShift likewise
 * @param blueShift likewise
 */
public record PixelFormat(
        int bitsPerPixel,
        int depth,
        boolean bigEndian,
        boolean trueColour,
        int redMax,
        int greenMax,
        int blueMax,
        int redShift,
        int greenShift,
        int blueShift) {
    /** Bytes on the wire, with padding. */
    public static final int SIZE = 16;

    /** That of the picture: 32 bits, {@code 0x00RRGGBB} little-endian. */
    public static final PixelFormat NATIVE = new PixelFormat(32, 24, false, true, 255, 255, 255, 16, 8, 0);

    /** Entries of the colour map given to a client without true colour. */
    public static final int COLOUR_MAP_SIZE = 256;

    private static final int PADDING = 3;

    public PixelFormat {
        if (bitsPerPixel != 8 && bitsPerPixel != 16 && bitsPerPixel != 32) {
            throw new IllegalArgumentException("bits per pixel must be 8, 16 or 32");
        }
        if (depth < 1 || depth > bitsPerPixel) {
            throw new IllegalArgumentException("depth out of range");
        }
        if (trueColour) {
            requireFit(redMax, redShift, bitsPerPixel);
            requireFit(greenMax, greenShift, bitsPerPixel);
            requireFit(blueMax, blueShift, bitsPerPixel);
        }
    }

    /**
     * Reads {@link #SIZE} bytes.
     *
     * @throws IllegalArgumentException for a format that contradicts itself
     */
    public static PixelFormat read(ByteBuf in) {
        PixelFormat format = new PixelFormat(
                in.readUnsignedByte(),
                in.readUnsignedByte(),
                in.readBoolean(),
                in.readBoolean(),
                in.readUnsignedShort(),
                in.readUnsignedShort(),
                in.readUnsignedShort(),
                in.readUnsignedByte(),
                in.readUnsignedByte(),
                in.readUnsignedByte());
        in.skipBytes(PADDING);
        return format;
    }

    public void write(ByteBuf out) {
        out.writeByte(bitsPerPixel).writeByte(depth).writeBoolean(bigEndian).writeBoolean(trueColour);
        out.writeShort(redMax).writeShort(greenMax).writeShort(blueMax);
        out.writeByte(redShift).writeByte(greenShift).writeByte(blueShift).writeZero(PADDING);
    }

    public int bytesPerPixel() {
        return bitsPerPixel / Byte.SIZE;
    }

    /** This format, or for a client without true colour the one its colour map amounts to: blue, green, red from bit 6, 3, 0. */
    public PixelFormat inTrueColour() {
        return trueColour ? this : new PixelFormat(bitsPerPixel, 8, bigEndian, true, 7, 7, 3, 0, 3, 6);
    }

    private static void requireFit(int max, int shift, int bits) {
        if (max < 1 || (max & max + 1) != 0 || shift >= bits || (long) max << shift >= 1L << bits) {
            throw new IllegalArgumentException("colour mask out of range");
        }
    }
}
