// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.vnc;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads text off the picture of a text console by the shapes of its characters. The shapes are learnt from a console that shows all
 * of them in known cells, so that no font need be known. A shape is what differs from the corner of its cell, whatever the colours;
 * in cells with nine dots a row the last is not looked at. The lines in which a cursor stands are ignored if nothing else fits.
 */
public final class Glyphs {
    /** What a console has to show from its first cell on. */
    public static final List<String> LESSON = List.of(characters('!', 'O'), characters('P', '~'));

    /** What stands for a shape that was not learnt. */
    public static final char UNKNOWN = '\ufffd';

    private static final int HEIGHT = 16;
    private static final int DOTS = 8;
    private static final int VGA_TEXT_WIDTH = 720;
    private static final int VGA_CELL = 9;
    /** The lowest three lines of a cell, where cursors are. */
    private static final long WITHOUT_CURSOR = -1L << 3 * DOTS;

    private record Shape(long upper, long lower) {
        Shape withoutCursor() {
            return new Shape(upper, lower & WITHOUT_CURSOR);
        }
    }

    private static final Shape BLANK = new Shape(0, 0);

    private final Map<Shape, Character> characters = new HashMap<>();
    private final Map<Shape, Character> underCursor = new HashMap<>();

    private Glyphs() {}

    private static String characters(char first, char last) {
        StringBuilder text = new StringBuilder();
        for (char character = first; character <= last; character++) {
            text.append(character);
        }
        return text.toString();
    }

    /** The shapes of a picture that shows the lesson, or nothing when it does not. */
    public static Optional<Glyphs> learn(Picture picture) {
        Glyphs glyphs = new Glyphs();
        if (picture.height() < HEIGHT * LESSON.size()
                || picture.width() < cellWidth(picture) * LESSON.getFirst().length()) {
            return Optional.empty();
        }
        for (int row = 0; row < LESSON.size(); row++) {
            String line = LESSON.get(row);
            for (int column = 0; column < line.length(); column++) {
                Shape shape = shape(picture, column, row);
                if (shape.equals(BLANK) || glyphs.characters.put(shape, line.charAt(column)) != null) {
                    return Optional.empty();
                }
                glyphs.underCursor.putIfAbsent(shape.withoutCursor(), line.charAt(column));
            }
        }
        glyphs.characters.put(BLANK, ' ');
        glyphs.underCursor.put(BLANK, ' ');
        return Optional.of(glyphs);
    }

    private static int cellWidth(Picture picture) {
        return picture.width() == VGA_TEXT_WIDTH ? VGA_CELL : DOTS;
    }

    private static Shape shape(Picture picture, int column, int row) {
        int left = column * cellWidth(picture);
        int top = row * HEIGHT;
        int paper = picture.get(left, top);
        long[] halves = new long[2];
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < DOTS; x++) {
                boolean ink = picture.get(left + x, top + y) != paper;
                halves[y / DOTS] = halves[y / DOTS] << 1 | (ink ? 1 : 0);
            }
        }
        return new Shape(halves[0], halves[1]);
    }

    /** The lines of a text console, without the blanks at their ends. */
    public List<String> lines(Picture picture) {
        List<String> lines = new ArrayList<>();
        for (int row = 0; row < picture.height() / HEIGHT; row++) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < picture.width() / cellWidth(picture); column++) {
                line.append(character(shape(picture, column, row)));
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    private char character(Shape shape) {
        Character exact = characters.get(shape);
        return exact != null ? exact : underCursor.getOrDefault(shape.withoutCursor(), UNKNOWN);
    }

    /** All lines in one text. */
    public String text(Picture picture) {
        return String.join("\n", lines(picture)).stripTrailing();
    }
}
