// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.keyboard;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Which key of a national keyboard, with which modifiers, gives a symbol.
 *
 * <p>A layout is a text resource: on each line a key number in hexadecimal and what the key gives alone, with Shift, with AltGr and
 * with both; {@code none} for nothing, {@code dead_} names for dead keys. A symbol on several keys is typed on the first.
 */
public final class KeyboardLayout {
    private static final int UNICODE = 0x01000000;
    private static final int LATIN_1_END = 0x100;
    private static final int RETURN = 0xff0d;
    private static final int TAB = 0xff09;
    private static final Set<String> NAMES = Set.of("us", "de", "fr", "jp");
    private static final Map<String, Integer> DEAD_KEYS = Map.of(
            "dead_grave", 0xfe50,
            "dead_acute", 0xfe51,
            "dead_circumflex", 0xfe52,
            "dead_tilde", 0xfe53,
            "dead_diaeresis", 0xfe57);
    private static final Map<Character, Integer> COMBINING =
            Map.of('\u0300', 0xfe50, '\u0301', 0xfe51, '\u0302', 0xfe52, '\u0303', 0xfe53, '\u0308', 0xfe57);

    private final Map<Integer, KeyStroke> strokes = new HashMap<>();

    private KeyboardLayout() {}

    /**
     * The layout of that name.
     *
     * @param name {@code us}, {@code de}, {@code fr} or {@code jp}
     * @throws IllegalArgumentException when there is none
     */
    public static KeyboardLayout of(String name) {
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException("no keyboard layout of that name");
        }
        KeyboardLayout layout = new KeyboardLayout();
        try (InputStream resource = KeyboardLayout.class.getResourceAsStream(name + ".layout");
                BufferedReader lines = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            lines.lines().filter(line -> !line.startsWith("// ")).forEach(layout::add);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        layout.strokes.putIfAbsent((int) ' ', new KeyStroke(0x39, false, false, false));
        return layout;
    }

    /** The characters of a text, each once and in order, that no key and no dead key with a letter gives. */
    public String missing(CharSequence text) {
        StringBuilder missing = new StringBuilder();
        text.codePoints().distinct().filter(character -> !gives(character)).forEach(missing::appendCodePoint);
        return missing.toString();
    }

    private boolean gives(int character) {
        return Character.isBmpCodePoint(character)
                && Arrays.stream(symbolsOf((char) character)).allMatch(this::hasKey);
    }

    private boolean hasKey(int keySymbol) {
        return stroke(keySymbol) != null || FunctionKeys.keyNumber(keySymbol) != 0;
    }

    /** Symbols to type one after the other for a character: itself, or a dead key and a letter. Empty for those to be left out. */
    public int[] symbolsOf(char character) {
        if (character == '\n') {
            return new int[] {RETURN};
        }
        if (character == '\t') {
            return new int[] {TAB};
        }
        if (character < ' ') {
            return new int[0];
        }
        int symbol = symbol(character);
        String parts = Normalizer.normalize(String.valueOf(character), Normalizer.Form.NFD);
        if (!strokes.containsKey(symbol) && parts.length() == 2 && COMBINING.containsKey(parts.charAt(1))) {
            return new int[] {COMBINING.get(parts.charAt(1)), symbol(parts.charAt(0))};
        }
        return new int[] {symbol};
    }

    /** Null when no key gives it. */
    KeyStroke stroke(int keySymbol) {
        int unicode = keySymbol - UNICODE;
        return strokes.get(unicode >= 0 && unicode < LATIN_1_END ? unicode : keySymbol);
    }

    private static int symbol(int character) {
        return switch (character) {
            case '\u20ac' -> 0x20ac;
            default -> character < LATIN_1_END ? character : UNICODE + character;
        };
    }

    private void add(String line) {
        String[] words = line.split(" ");
        int key = Integer.parseInt(words[0], 16);
        boolean letter = words.length > 2
                && !words[1].equals(words[2])
                && words[1].toUpperCase(Locale.ROOT).equals(words[2]);
        for (int level = 0; level < words.length - 1; level++) {
            String word = words[level + 1];
            if (!word.equals("none")) {
                Integer dead = DEAD_KEYS.get(word);
                strokes.putIfAbsent(
                        dead != null ? dead : symbol(word.charAt(0)),
                        new KeyStroke(key, (level & 1) != 0, (level & 2) != 0, letter && level < 2));
            }
        }
    }
}
