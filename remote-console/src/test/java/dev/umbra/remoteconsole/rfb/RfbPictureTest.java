// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.remoteconsole.rfb.encoding.Encodings;
import dev.umbra.remoteconsole.rfb.encoding.PixelFormat;
import java.io.IOException;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Whatever the screen does, the client sees it, exactly. */
class RfbPictureTest {
    @Provide
    Arbitrary<PixelFormat> formats() {
        return Arbitraries.of(
                PixelFormat.NATIVE,
                new PixelFormat(32, 24, true, true, 255, 255, 255, 16, 8, 0),
                new PixelFormat(32, 24, false, true, 255, 255, 255, 8, 16, 24),
                new PixelFormat(32, 24, true, true, 255, 255, 255, 24, 16, 8),
                new PixelFormat(32, 24, false, true, 255, 255, 255, 0, 8, 24),
                new PixelFormat(32, 30, false, true, 1023, 1023, 1023, 20, 10, 0),
                new PixelFormat(16, 16, false, true, 31, 63, 31, 11, 5, 0),
                new PixelFormat(16, 15, true, true, 31, 31, 31, 10, 5, 0),
                new PixelFormat(8, 8, false, true, 7, 7, 3, 0, 3, 6),
                new PixelFormat(8, 3, false, true, 1, 1, 1, 2, 1, 0),
                new PixelFormat(8, 8, false, false, 0, 0, 0, 0, 0, 0));
    }

    @Provide
    Arbitrary<Integer> encodings() {
        return Arbitraries.of(Encodings.RAW, Encodings.HEXTILE, Encodings.ZRLE, Encodings.TIGHT, Encodings.TIGHT_PNG);
    }

    @Property(tries = 120)
    void test_client_sees_the_screen(
            @ForAll("formats") PixelFormat format, @ForAll("encodings") int encoding, @ForAll long seed)
            throws IOException {
        Random random = new Random(seed);
        int width = 1 + random.nextInt(300);
        int height = 1 + random.nextInt(200);
        try (Machine machine = new Machine(width, height)) {
            Pictures.draw(machine.screen, random);
            Machine.Pipe pipe = machine.connect(format);
            RfbClient client = pipe.client;
            client.open(
                    encoding,
                    Encodings.COPY_RECT,
                    Encodings.DESKTOP_SIZE,
                    Encodings.CURSOR,
                    Encodings.COMPRESSION_LOWEST + random.nextInt(10));
            client.request(false);
            client.awaitUpdate();
            assertSame(machine.screen, client);
            for (int step = 0; step < 6; step++) {
                Pictures.change(machine.screen, random);
                awaitSame(machine.screen, client);
            }
        }
    }

    @Property(tries = 60)
    void test_scrolls_are_copied(@ForAll("formats") PixelFormat format, @ForAll long seed) throws IOException {
        Random random = new Random(seed);
        try (Machine machine = new Machine(200 + random.nextInt(200), 100 + random.nextInt(200))) {
            Pictures.draw(machine.screen, random);
            RfbClient client = machine.connect(format).client;
            client.open(Encodings.COPY_RECT, Encodings.ZRLE, Encodings.DESKTOP_SIZE);
            client.request(false);
            client.awaitUpdate();
            for (int step = 0; step < 12; step++) {
                machine.screen.scroll(1 + random.nextInt(Math.min(40, machine.screen.height())), random);
                if (random.nextInt(4) == 0) {
                    Pictures.change(machine.screen, random);
                }
                if (random.nextBoolean()) {
                    awaitSame(machine.screen, client);
                }
            }
            awaitSame(machine.screen, client);
        }
    }

    @Test
    void test_scrolled_text_costs_a_copy_and_the_new_lines() throws IOException {
        Random random = new Random(7);
        try (Machine machine = new Machine(640, 400)) {
            machine.screen.scroll(400, random);
            RfbClient client = machine.connect(PixelFormat.NATIVE).client;
            client.open(Encodings.COPY_RECT, Encodings.ZRLE);
            client.request(false);
            client.awaitUpdate();
            for (int step = 0; step < 20; step++) {
                machine.screen.scroll(16, random);
                awaitSame(machine.screen, client);
            }
            assertThat(client.copies).isGreaterThan(15);
            assertThat(machine.console.counters().scrolls()).isGreaterThan(15);
            // The first picture, four scrolls that met an update under way, and the new lines of the others.
            assertThat(machine.counters.values().pixels()).isLessThan(640 * 400 * 6);
        }
    }

    private static void awaitSame(FakeScreen screen, RfbClient client) throws IOException {
        while (!isSame(screen, client)) {
            client.request(true);
            client.awaitUpdate();
        }
    }

    private static void assertSame(FakeScreen screen, RfbClient client) {
        assertThat(isSame(screen, client)).isTrue();
    }

    private static boolean isSame(FakeScreen screen, RfbClient client) {
        ClientPicture seen = client.picture();
        int[] shown = screen.pixels();
        if (seen.width() != screen.width() || seen.height() != screen.height()) {
            return false;
        }
        for (int index = 0; index < shown.length; index++) {
            int colour = shown[index];
            if (seen.pixels()[index] != seen.value(colour >> 16 & 255, colour >> 8 & 255, colour & 255)) {
                return false;
            }
        }
        return true;
    }
}
