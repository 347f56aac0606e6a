// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.vnc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlyphsTest {
    private static final int HEIGHT = 16;
    private static final int DOTS = 8;

    /** A console whose characters are random dots below the first line of each cell. */
    private static Picture console(int width, int height, int cell, String... lines) {
        Picture picture = new Picture(width, height);
        for (int row = 0; row < lines.length; row++) {
            for (int column = 0; column < lines[row].length(); column++) {
                char character = lines[row].charAt(column);
                Random shape = new Random(character);
                for (int dot = DOTS; dot < DOTS * (HEIGHT - 3); dot++) {
                    if (character != ' ' && shape.nextBoolean()) {
                        picture.set(column * cell + dot % DOTS, row * HEIGHT + dot / DOTS, 0xaaaaaa);
                    }
                }
            }
        }
        return picture;
    }

    @ParameterizedTest
    @CsvSource({"1280, 800, 8", "720, 400, 9"})
    void test_text_afterLesson_isRead(int width, int height, int cell) {
        Glyphs glyphs = Glyphs.learn(console(width, height, cell, Glyphs.LESSON.toArray(String[]::new)))
                .orElseThrow();
        Picture picture = console(width, height, cell, "host login: root", "", "  {x}");
        picture.fill(3 * cell, 14, DOTS, 2, 0xffffff);
        picture.fill(16 * cell, 14, DOTS, 2, 0xffffff);
        assertThat(glyphs.text(picture)).isEqualTo("host login: root\n\n  {x}");
    }

    @ParameterizedTest
    @CsvSource({"1280, 800, 8", "720, 400, 9", "16, 16, 8"})
    void test_learn_otherText_isRefused(int width, int height, int cell) {
        assertThat(Glyphs.learn(console(width, height, cell, "a"))).isEmpty();
    }
}
