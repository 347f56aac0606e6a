// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.benchmark;

import dev.umbra.remoteconsole.graphical.GraphicalInput;
import dev.umbra.shadowdevices.display.Picture;
import dev.umbra.shadowdevices.display.Screen;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** A virtual machine's screen that changes by the clock, drawn straight into the picture. It costs next to nothing itself. */
final class SyntheticScreen implements Screen, GraphicalInput {
    /** What goes on. */
    enum Activity {
        /** Ten lines of text a second, each scrolling the ones before up. */
        TERMINAL(100),
        /** A window of 240 by 160 pixels moved 20 times a second. */
        WINDOW(50),
        /** Nothing. */
        IDLE(Integer.MAX_VALUE);

        private final long intervalNanos;

        Activity(long milliseconds) {
            intervalNanos = TimeUnit.MILLISECONDS.toNanos(milliseconds);
        }
    }

    static final int WIDTH = 1024;
    static final int HEIGHT = 768;

    private static final int GROUND = 0x103050;
    private static final int INK = 0xc0c0c0;
    private static final int WINDOW_WIDTH = 240;
    private static final int WINDOW_HEIGHT = 160;
    private static final int WINDOW_STEP = 9;

    private final Activity activity;
    private final Random random;
    private final int[] line = new int[WIDTH * Picture.TILE_HEIGHT];
    private long nextChange = System.nanoTime();
    private int window;

    SyntheticScreen(Activity activity, int seed) {
        this.activity = activity;
        random = new Random(seed);
    }

    @Override
    public void refresh(Picture picture) {
        if (picture.width() != WIDTH) {
            picture.resize(WIDTH, HEIGHT);
            fill(picture, 0, 0, WIDTH, HEIGHT, GROUND);
        }
        if (System.nanoTime() - nextChange < 0) {
            return;
        }
        nextChange = System.nanoTime() + activity.intervalNanos;
        switch (activity) {
            case TERMINAL -> scroll(picture);
            case WINDOW -> moveWindow(picture);
            case IDLE -> {}
        }
    }

    private void scroll(Picture picture) {
        long bytes = (long) WIDTH * HEIGHT * Picture.BYTES_PER_PIXEL;
        long lineBytes = (long) line.length * Picture.BYTES_PER_PIXEL;
        MemorySegment pixels = picture.pixels();
        MemorySegment.copy(pixels, lineBytes, pixels, 0, bytes - lineBytes);
        int length = random.nextInt(WIDTH);
        for (int at = 0; at < line.length; at++) {
            line[at] = at % WIDTH < length && random.nextInt(4) == 0 ? INK : GROUND;
        }
        MemorySegment.copy(line, 0, pixels, ValueLayout.JAVA_INT, bytes - lineBytes, line.length);
        picture.damageAll();
    }

    private void moveWindow(Picture picture) {
        fill(picture, left(), top(), WINDOW_WIDTH, WINDOW_HEIGHT, GROUND);
        window++;
        fill(picture, left(), top(), WINDOW_WIDTH, WINDOW_HEIGHT, INK);
        fill(picture, left(), top(), WINDOW_WIDTH, Picture.TILE_HEIGHT, GROUND * 2);
    }

    private int left() {
        return window * WINDOW_STEP % (WIDTH - WINDOW_WIDTH);
    }

    private int top() {
        return window * WINDOW_STEP % (HEIGHT - WINDOW_HEIGHT);
    }

    private static void fill(Picture picture, int left, int top, int width, int height, int colour) {
        for (int y = top; y < top + height; y++) {
            long row = (long) y * WIDTH + left;
            for (int x = 0; x < width; x++) {
                picture.pixels().setAtIndex(ValueLayout.JAVA_INT, row + x, colour);
            }
        }
        for (int row = top / Picture.TILE_HEIGHT; row <= (top + height - 1) / Picture.TILE_HEIGHT; row++) {
            for (int column = left / Picture.TILE_WIDTH; column <= (left + width - 1) / Picture.TILE_WIDTH; column++) {
                picture.damage(column, row);
            }
        }
    }

    @Override
    public void key(int keyNumber, boolean pressed) {}

    @Override
    public void pointer(int x, int y, int width, int height, int buttonMask) {}

    @Override
    public int leds() {
        return 0;
    }
}
