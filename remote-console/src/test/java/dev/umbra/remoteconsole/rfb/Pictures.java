// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import java.util.Random;

/** Pictures of several kinds. */
final class Pictures {
    private Pictures() {}

    /** Shows something else on the whole screen: noise, text, gradient, one colour, few colours or a mixture. */
    static void draw(FakeScreen screen, Random random) {
        int kind = random.nextInt(6);
        int width = screen.width();
        int height = screen.height();
        int[] pixels = new int[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int here = kind == 5 ? (x / 70 + y / 50) % 5 : kind;
                pixels[y * width + x] = colour(here, x, y, random);
            }
        }
        screen.show(pixels);
    }

    /** Changes a part of it, or its size. */
    static void change(FakeScreen screen, Random random) {
        if (random.nextInt(5) == 0) {
            screen.resize(1 + random.nextInt(300), 1 + random.nextInt(200));
            draw(screen, random);
            return;
        }
        int[] pixels = screen.pixels();
        int left = random.nextInt(screen.width());
        int top = random.nextInt(screen.height());
        int right = left + 1 + random.nextInt(screen.width() - left);
        int bottom = top + 1 + random.nextInt(screen.height() - top);
        int kind = random.nextInt(5);
        for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; x++) {
                pixels[y * screen.width() + x] = colour(kind, x, y, random);
            }
        }
        screen.show(pixels);
    }

    private static int colour(int kind, int x, int y, Random random) {
        return switch (kind) {
            case 0 -> random.nextInt(1 << 24);
            case 1 -> y % 16 < 12 && random.nextInt(4) == 0 ? 0xc0c0c0 : 0x102030;
            case 2 -> (x & 255) << 16 | (y & 255) << 8 | (x + y & 255);
            case 3 -> 0x336699;
            default -> random.nextInt(12) * 0x15151;
        };
    }
}
