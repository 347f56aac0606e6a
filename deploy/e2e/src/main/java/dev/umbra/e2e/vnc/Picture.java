// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.vnc;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/** Pixels as 0x00RRGGBB, row by row. */
public final class Picture {
    private final int width;
    private final int height;
    private final int[] pixels;

    public Picture(int width, int height) {
        this(width, height, new int[Math.multiplyExact(width, height)]);
    }

    private Picture(int width, int height, int[] pixels) {
        this.width = width;
        this.height = height;
        this.pixels = pixels;
    }

    public static Picture of(BufferedImage image) {
        int[] pixels = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
        return new Picture(image.getWidth(), image.getHeight(), pixels).mapped(pixel -> pixel & 0xffffff);
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    public int get(int x, int y) {
        return pixels[y * width + x];
    }

    public void set(int x, int y, int colour) {
        if (x < 0 || x >= width) {
            throw new IndexOutOfBoundsException("column " + x + " of " + width);
        }
        pixels[y * width + x] = colour;
    }

    void fill(int x, int y, int w, int h, int colour) {
        for (int row = y; row < y + h; row++) {
            Arrays.fill(pixels, row * width + x, row * width + x + w, colour);
        }
    }

    void copyWithin(int fromX, int fromY, int x, int y, int w, int h) {
        Picture source = part(fromX, fromY, w, h);
        for (int row = 0; row < h; row++) {
            System.arraycopy(source.pixels, row * w, pixels, (y + row) * width + x, w);
        }
    }

    /** A copy of a part. */
    public Picture part(int x, int y, int w, int h) {
        Picture part = new Picture(w, h);
        for (int row = 0; row < h; row++) {
            System.arraycopy(pixels, (y + row) * width + x, part.pixels, row * w, w);
        }
        return part;
    }

    public Picture copy() {
        return part(0, 0, width, height);
    }

    /** Each colour replaced by another. */
    public Picture mapped(IntUnaryOperator colours) {
        return new Picture(width, height, Arrays.stream(pixels).map(colours).toArray());
    }

    /** Of the pixels as 32-bit little-endian numbers; what the tenant's test-pattern prints. */
    public long checksum() {
        ByteBuffer bytes = ByteBuffer.allocate(pixels.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(pixels);
        CRC32 sum = new CRC32();
        sum.update(bytes);
        return sum.getValue();
    }

    /** How many pixels differ from another picture's; all when it has another size. */
    public int differences(Picture other) {
        if (width != other.width || height != other.height) {
            return Math.max(pixels.length, other.pixels.length);
        }
        int different = 0;
        for (int index = 0; index < pixels.length; index++) {
            different += pixels[index] == other.pixels[index] ? 0 : 1;
        }
        return different;
    }

    public void writePng(Path file) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, width, height, pixels, 0, width);
        try {
            ImageIO.write(image, "png", file.toFile());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public String toString() {
        return "picture of " + width + " by " + height;
    }
}
