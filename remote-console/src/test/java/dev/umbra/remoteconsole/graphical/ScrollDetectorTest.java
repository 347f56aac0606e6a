// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.shadowdevices.display.Picture;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

class ScrollDetectorTest {
    private static final int WIDTH = 320;
    private static final int HEIGHT = 240;
    private static final int LINE = 16;

    private final Random random = new Random(3);
    private final Picture picture = new Picture(WIDTH, HEIGHT);
    private final ScrollDetector detector = new ScrollDetector();
    private final int[] rows = random.ints(HEIGHT + LINE).toArray();

    @Test
    void test_text_scrolled_by_a_line_is_found() {
        show(y -> rows[y]);
        assertThat(show(y -> rows[y + LINE])).isEqualTo(new Move(new Area(0, 0, WIDTH, HEIGHT - LINE), LINE));
    }

    @Test
    void test_text_whose_rows_repeat_is_found() {
        show(y -> rows[y / 2]);
        assertThat(show(y -> rows[(y + LINE) / 2])).isEqualTo(new Move(new Area(0, 0, WIDTH, HEIGHT - LINE), LINE));
    }

    @Test
    void test_part_that_has_scrolled_already_is_found() {
        show(y -> rows[y / 2]);
        Move move = show(y -> rows[(y < HEIGHT / 2 ? y + LINE : y) / 2]);
        assertThat(move).isEqualTo(new Move(new Area(0, 0, WIDTH, HEIGHT / 2), LINE));
    }

    @Test
    void test_another_picture_is_no_move() {
        show(y -> rows[y]);
        int[] others = random.ints(HEIGHT).toArray();
        assertThat(show(y -> others[y])).isNull();
    }

    @Test
    void test_equal_stripes_are_no_move() {
        show(y -> y / LINE % 2);
        assertThat(show(y -> (y / LINE + 1) % 2)).isNull();
    }

    /** Draws rows of one colour each and tells what the detector makes of them. */
    private Move show(IntUnaryOperator colour) {
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                long offset = ((long) y * WIDTH + x) * Picture.BYTES_PER_PIXEL;
                if (picture.pixels().get(ValueLayout.JAVA_INT, offset) != colour.applyAsInt(y)) {
                    picture.pixels().set(ValueLayout.JAVA_INT, offset, colour.applyAsInt(y));
                    picture.damage(x / Picture.TILE_WIDTH, y / Picture.TILE_HEIGHT);
                }
            }
        }
        BitSet damage = new BitSet();
        picture.takeDamage(List.of(damage));
        return detector.follow(picture, damage);
    }
}
