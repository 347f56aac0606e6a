// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.benchmark;

import java.util.Random;

/** Pictures as desktops show them, the same at each run. */
enum GeneratedDesktop {
    /** A screenful of terminal text in a few colours. */
    TEXT {
        @Override
        void draw(int[] pixels, Random random) {
            int[] colours = {0xc0c0c0, 0xffffff, 0x55ff55, 0x5555ff};
            for (int line = 0; line < HEIGHT / 16; line++) {
                int length = random.nextInt(WIDTH / 8);
                int colour = colours[random.nextInt(colours.length)];
                for (int column = 0; column < length; column++) {
                    if (random.nextInt(6) != 0) {
                        glyph(pixels, column * 8, line * 16, random.nextInt(64), colour, 0x101010, false);
                    }
                }
            }
        }
    },
    /** Areas of one colour, smoothed text, a bar with a gradient and small photographs. */
    BROWSER {
        @Override
        void draw(int[] pixels, Random random) {
            fill(pixels, 0, 0, WIDTH, HEIGHT, 0xffffff);
            for (int y = 0; y < 90; y++) {
                fill(pixels, 0, y, WIDTH, 1, 0xe0e0e8 - 0x010101 * (y / 3));
            }
            for (int line = 6; line < HEIGHT / 18; line++) {
                int indent = 200 + random.nextInt(3) * 20;
                int length = 60 + random.nextInt(80);
                for (int column = 0; column < length; column++) {
                    if (random.nextInt(6) != 0) {
                        glyph(pixels, indent + column * 9, line * 18, random.nextInt(64), 0x202124, 0xffffff, true);
                    }
                }
            }
            for (int image = 0; image < 4; image++) {
                photograph(pixels, 1500, 120 + image * 230, 320, 200, random);
            }
        }
    },
    /** One photograph. */
    PHOTO {
        @Override
        void draw(int[] pixels, Random random) {
            photograph(pixels, 0, 0, WIDTH, HEIGHT, random);
        }
    };

    static final int WIDTH = 1920;
    static final int HEIGHT = 1080;

    /** One of its pictures, {@code 0x00RRGGBB}. */
    int[] frame(int number) {
        int[] pixels = new int[WIDTH * HEIGHT];
        draw(pixels, new Random(ordinal() * 1000L + number));
        return pixels;
    }

    abstract void draw(int[] pixels, Random random);

    private static void fill(int[] pixels, int x, int y, int width, int height, int colour) {
        for (int row = y; row < y + height; row++) {
            java.util.Arrays.fill(pixels, row * WIDTH + x, row * WIDTH + x + width, colour);
        }
    }

    private static void glyph(int[] pixels, int left, int top, int code, int colour, int ground, boolean smooth) {
        Random shape = new Random(code);
        for (int stroke = 0; stroke < 3; stroke++) {
            boolean vertical = shape.nextBoolean();
            int at = shape.nextInt(6);
            for (int step = 0; step < (vertical ? 11 : 6); step++) {
                int x = left + (vertical ? at : step);
                int y = top + 2 + (vertical ? step : at * 2);
                pixels[y * WIDTH + x] = colour;
                if (smooth) {
                    pixels[y * WIDTH + x + 1] = mix(colour, ground, shape.nextInt(4));
                }
            }
        }
    }

    private static int mix(int one, int other, int quarters) {
        int red = ((one >> 16 & 255) * quarters + (other >> 16 & 255) * (4 - quarters)) / 4;
        int green = ((one >> 8 & 255) * quarters + (other >> 8 & 255) * (4 - quarters)) / 4;
        int blue = ((one & 255) * quarters + (other & 255) * (4 - quarters)) / 4;
        return red << 16 | green << 8 | blue;
    }

    private static void photograph(int[] pixels, int left, int top, int width, int height, Random random) {
        double phase = random.nextDouble() * 6;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double wave = Math.sin(x * 0.011 + phase) + Math.sin(y * 0.017 - phase) + Math.sin((x + y) * 0.005);
                double hue = Math.sin(x * 0.004 - y * 0.003 + phase);
                int red = Math.clamp(138 + (int) (35 * wave + 20 * hue) + random.nextInt(4), 0, 255);
                int green = Math.clamp(128 + (int) (35 * wave) + random.nextInt(4), 0, 255);
                int blue = Math.clamp(108 + (int) (30 * wave - 25 * hue) + random.nextInt(4), 0, 255);
                pixels[(top + y) * WIDTH + left + x] = red << 16 | green << 8 | blue;
            }
        }
    }
}
