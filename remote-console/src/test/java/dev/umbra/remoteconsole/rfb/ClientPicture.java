// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.rfb.encoding.PixelFormat;
import java.io.DataInputStream;
import java.io.IOException;

/** What a client sees: pixel values of its own format, and how it reads them. */
final class ClientPicture {
    private final PixelFormat format;
    private int width;
    private int height;
    private int[] pixels;

    ClientPicture(PixelFormat format, int width, int height) {
        this.format = format;
        resize(width, height);
    }

    void resize(int newWidth, int newHeight) {
        width = newWidth;
        height = newHeight;
        pixels = new int[width * height];
    }

    PixelFormat format() {
        return format;
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    int[] pixels() {
        return pixels;
    }

    void set(int x, int y, int value) {
        pixels[y * width + x] = value;
    }

    void fill(int x, int y, int w, int h, int value) {
        for (int row = y; row < y + h; row++) {
            java.util.Arrays.fill(pixels, row * width + x, row * width + x + w, value);
        }
    }

    void copy(int fromX, int fromY, int x, int y, int w, int h) {
        int[] before = pixels.clone();
        for (int row = 0; row < h; row++) {
            System.arraycopy(before, (fromY + row) * width + fromX, pixels, (y + row) * width + x, w);
        }
    }

    /** A whole pixel. */
    int pixel(DataInputStream in) throws IOException {
        return pixel(in, format.bytesPerPixel(), 0);
    }

    /** A compressed pixel of ZRLE. */
    int compressedPixel(DataInputStream in) throws IOException {
        if (format.bitsPerPixel() != 32 || !format.trueColour() || format.depth() > 24) {
            return pixel(in);
        }
        long all = (long) format.redMax() << format.redShift()
                | (long) format.greenMax() << format.greenShift()
                | (long) format.blueMax() << format.blueShift();
        boolean low = all < 1 << 24;
        boolean high = (all & 0xff) == 0;
        if (low && !format.bigEndian() || high && format.bigEndian()) {
            return pixel(in, 3, format.bigEndian() ? 8 : 0);
        }
        if (low || high) {
            return pixel(in, 3, format.bigEndian() ? 0 : 8);
        }
        return pixel(in);
    }

    /** A pixel of Tight. */
    int tightPixel(DataInputStream in) throws IOException {
        if (isTightPacked()) {
            int red = in.readUnsignedByte();
            int green = in.readUnsignedByte();
            return value(red, green, in.readUnsignedByte());
        }
        return pixel(in);
    }

    int tightPixelSize() {
        return isTightPacked() ? 3 : format.bytesPerPixel();
    }

    /** The value this client is to show for a colour of the picture. */
    int value(int red, int green, int blue) {
        PixelFormat used = format.inTrueColour();
        return Math.round(red * used.redMax() / 255f) << used.redShift()
                | Math.round(green * used.greenMax() / 255f) << used.greenShift()
                | Math.round(blue * used.blueMax() / 255f) << used.blueShift();
    }

    private boolean isTightPacked() {
        return format.trueColour()
                && format.bitsPerPixel() == 32
                && format.depth() == 24
                && format.redMax() == 255
                && format.greenMax() == 255
                && format.blueMax() == 255;
    }

    private int pixel(DataInputStream in, int bytes, int shift) throws IOException {
        int value = 0;
        for (int index = 0; index < bytes; index++) {
            int next = in.readUnsignedByte();
            value |= next << (format.bigEndian() ? (bytes - 1 - index) * 8 : index * 8);
        }
        return value << shift;
    }
}
