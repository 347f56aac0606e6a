// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.remoteconsole.rfb.encoding.Encodings;
import dev.umbra.remoteconsole.rfb.encoding.PixelFormat;
import java.io.IOException;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Losses only for those who asked, only in photographs, and only as large as the quality they named. */
class RfbJpegTest {
    private static final int WIDTH = 320;
    private static final int HEIGHT = 200;

    private final FakeScreen screen = new FakeScreen(WIDTH, HEIGHT);

    @Test
    void test_photograph_is_near_the_screen_at_each_quality() throws IOException {
        screen.show(photograph());
        double before = Double.MAX_VALUE;
        for (int quality : new int[] {0, 3, 6, 9}) {
            for (int encoding : new int[] {Encodings.TIGHT, Encodings.TIGHT_PNG}) {
                RfbClient client = see(screen, encoding, Encodings.JPEG_QUALITY_LOWEST + quality);
                assertThat(client.jpegTiles()).isPositive();
                assertThat(meanError(screen, client))
                        .isLessThan(quality == 9 ? 1.5 : 6)
                        .isLessThanOrEqualTo(before);
                assertThat(largestError(screen, client)).isLessThan(quality == 9 ? 16 : 64);
            }
            before = meanError(screen, see(screen, Encodings.TIGHT, Encodings.JPEG_QUALITY_LOWEST + quality));
        }
    }

    @Test
    void test_text_is_exact_whatever_quality_is_asked() throws IOException {
        screen.scroll(HEIGHT, new Random(5));
        RfbClient client = see(screen, Encodings.TIGHT, Encodings.JPEG_QUALITY_LOWEST);
        assertThat(client.jpegTiles()).isZero();
        assertThat(largestError(screen, client)).isZero();
    }

    @Property(tries = 40)
    void test_without_a_quality_nothing_is_jpeg(@ForAll long seed, @ForAll @IntRange(max = 9) int compression)
            throws IOException {
        Random random = new Random(seed);
        if (random.nextBoolean()) {
            screen.show(photograph());
        } else {
            Pictures.draw(screen, random);
        }
        int encoding = random.nextBoolean() ? Encodings.TIGHT : Encodings.TIGHT_PNG;
        RfbClient client = see(screen, encoding, Encodings.COMPRESSION_LOWEST + compression);
        assertThat(client.jpegTiles()).isZero();
        assertThat(largestError(screen, client)).isZero();
    }

    /** A client that has seen the whole screen once. */
    private static RfbClient see(FakeScreen screen, int... encodings) throws IOException {
        try (Machine machine = new Machine(WIDTH, HEIGHT)) {
            machine.screen.show(screen.pixels());
            RfbClient client = machine.connect(PixelFormat.NATIVE).client;
            client.open(encodings);
            client.request(false);
            client.awaitUpdate();
            return client;
        }
    }

    private static int[] photograph() {
        Random noise = new Random(3);
        int[] pixels = new int[WIDTH * HEIGHT];
        for (int at = 0; at < pixels.length; at++) {
            int x = at % WIDTH;
            int y = at / WIDTH;
            int red = 130 + (int) (60 * Math.sin(x * 0.021) + 40 * Math.sin(y * 0.034)) + noise.nextInt(3);
            int green = 120 + (int) (60 * Math.sin(x * 0.017 + 1) + 40 * Math.sin(y * 0.03)) + noise.nextInt(3);
            int blue = 110 + (int) (50 * Math.sin(x * 0.013 + 2) + 40 * Math.sin(y * 0.026)) + noise.nextInt(3);
            pixels[at] = red << 16 | green << 8 | blue;
        }
        return pixels;
    }

    private static double meanError(FakeScreen screen, RfbClient client) {
        long sum = 0;
        int[] shown = screen.pixels();
        for (int at = 0; at < shown.length; at++) {
            for (int shift = 0; shift < 24; shift += 8) {
                sum += Math.abs((shown[at] >> shift & 255) - (client.picture().pixels()[at] >> shift & 255));
            }
        }
        return sum / (3.0 * shown.length);
    }

    private static int largestError(FakeScreen screen, RfbClient client) {
        int largest = 0;
        int[] shown = screen.pixels();
        for (int at = 0; at < shown.length; at++) {
            for (int shift = 0; shift < 24; shift += 8) {
                int error =
                        Math.abs((shown[at] >> shift & 255) - (client.picture().pixels()[at] >> shift & 255));
                largest = Math.max(largest, error);
            }
        }
        return largest;
    }
}
