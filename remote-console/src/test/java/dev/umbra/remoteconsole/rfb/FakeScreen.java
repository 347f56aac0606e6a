// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.shadowdevices.display.Picture;
import dev.umbra.shadowdevices.display.Screen;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** A display that shows what it is told to. */
public final class FakeScreen implements Screen {
    private int width;
    private int height;
    private int[] pixels;

    public FakeScreen(int width, int height) {
        resize(width, height);
    }

    public synchronized void resize(int newWidth, int newHeight) {
        width = newWidth;
        height = newHeight;
        pixels = new int[width * height];
    }

    public synchronized int[] pixels() {
        return pixels.clone();
    }

    public synchronized int width() {
        return width;
    }

    public synchronized int height() {
        return height;
    }

    public synchronized void set(int x, int y, int colour) {
        pixels[y * width + x] = colour;
    }

    public synchronized void show(int[] newPixels) {
        pixels = newPixels.clone();
    }

    /** Moves everything up by so many rows and shows others below. */
    public synchronized void scroll(int rows, Random random) {
        System.arraycopy(pixels, rows * width, pixels, 0, (height - rows) * width);
        for (int y = height - rows; y < height; y++) {
            for (int x = 0; x < width; x++) {
                pixels[y * width + x] = random.nextInt(5) == 0 ? 0xaaaaaa : 0;
            }
        }
    }

    @Override
    public synchronized void refresh(Picture picture) {
        if (picture.width() != width || picture.height() != height) {
            picture.resize(width, height);
        }
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                long offset = ((long) y * width + x) * Integer.BYTES;
                if (picture.pixels().get(ValueLayout.JAVA_INT, offset) != pixels[y * width + x]) {
                    picture.pixels().set(ValueLayout.JAVA_INT, offset, pixels[y * width + x]);
                    picture.damage(x / Picture.TILE_WIDTH, y / Picture.TILE_HEIGHT);
                }
            }
        }
    }
}
