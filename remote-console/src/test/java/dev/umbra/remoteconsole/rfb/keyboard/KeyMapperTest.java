// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.keyboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyMapperTest {
    private static final int SHIFT = 0xffe1;
    private static final int ALT_GR = 0xfe03;

    private final List<String> events = new ArrayList<>();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "us | a | +1e",
                "us | A | +2a +1e -2a",
                "us | @ | +2a +3 -2a",
                "de | z | +15",
                "de | @ | +b8 +10 -b8",
                "de | \u20ac | +b8 +12 -b8",
                "de | \u00df | +c",
                "de | / | +2a +8 -2a",
                "fr | a | +10",
                "fr | 1 | +2a +2 -2a",
                "fr | \u00e9 | +3",
                "fr | # | +b8 +4 -b8",
                "jp | @ | +1a",
                "jp | \u00a5 | +7d",
                "jp | _ | +2a +73 -2a"
            })
    void test_symbol_is_typed_on_the_layout(String layout, String symbol, String typed) {
        KeyMapper keys = new KeyMapper(KeyboardLayout.of(layout));
        int keySymbol = KeyboardLayout.of(layout).symbolsOf(symbol.charAt(0))[0];
        assertThat(keys.key(keySymbol, true, 0, this::record)).isTrue();
        assertThat(String.join(" ", events)).isEqualTo(typed);
    }

    @Test
    void test_shift_of_the_client_is_put_right_and_back() {
        KeyMapper keys = new KeyMapper(KeyboardLayout.of("us"));
        keys.key(SHIFT, true, 0, this::record);
        keys.key('/', true, 0, this::record);
        keys.key(SHIFT, false, 0, this::record);
        keys.key('/', false, 0, this::record);
        assertThat(events).containsExactly("+2a", "-2a", "+35", "+2a", "-2a", "-35");
    }

    @Test
    void test_alt_gr_of_the_client_is_put_right_and_back() {
        KeyMapper keys = new KeyMapper(KeyboardLayout.of("us"));
        keys.key(ALT_GR, true, 0, this::record);
        keys.key('@', true, 0, this::record);
        assertThat(events).containsExactly("+b8", "+2a", "-b8", "+3", "-2a", "+b8");
    }

    @Test
    void test_caps_lock_of_the_tenant_is_taken_into_account() {
        KeyMapper keys = new KeyMapper(KeyboardLayout.of("us"));
        keys.key('A', true, 4, this::record);
        keys.key('1', true, 4, this::record);
        assertThat(events).containsExactly("+1e", "+2");
    }

    @Test
    void test_dead_key_and_letter_make_an_accent() {
        assertThat(KeyboardLayout.of("de").symbolsOf('\u00e9')).containsExactly(0xfe51, 'e');
        assertThat(KeyboardLayout.of("fr").symbolsOf('\u00e9')).containsExactly(0xe9);
    }

    @Test
    void test_characters_without_a_key_are_found_before_anything_is_typed() {
        assertThat(KeyboardLayout.of("us").missing("z\u00e4h \u00e4 \ud83d\ude00\ud83d\ude01\t\r\n~"))
                .isEqualTo("\u00e4\ud83d\ude00\ud83d\ude01");
        assertThat(KeyboardLayout.of("de").missing("z\u00e4h \u00e9 \u00f1 \u20ac"))
                .isEqualTo("\u00f1");
    }

    @ParameterizedTest
    @ValueSource(ints = {0x20ac, 0x01000416, 0, -1})
    void test_unknown_symbol_types_nothing(int symbol) {
        KeyMapper keys = new KeyMapper(KeyboardLayout.of("us"));
        assertThat(keys.key(symbol, true, 0, this::record)).isFalse();
        assertThat(events).isEmpty();
    }

    @Test
    void test_unknown_layout_is_refused() {
        assertThatThrownBy(() -> KeyboardLayout.of("../us")).isInstanceOf(IllegalArgumentException.class);
    }

    private void record(int key, boolean pressed) {
        events.add((pressed ? "+" : "-") + Integer.toHexString(key));
    }
}
