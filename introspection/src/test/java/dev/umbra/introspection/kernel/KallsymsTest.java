// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.introspection.kernel.KallsymsBuilder.Order;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KallsymsTest {
    private static final long BASE = 0xffff_ffff_a200_0000L;

    @ParameterizedTest
    @EnumSource
    void symbols_are_decoded_in_all_orders(Order order) {
        KallsymsBuilder builder = builder(1000);
        byte[] image = placed(builder.build(order, BASE), 4096);

        Kallsyms kallsyms = Kallsyms.find(image, image.length).orElseThrow();
        SymbolTable symbols = kallsyms.decode();

        assertThat(kallsyms.base()).isEqualTo(BASE);
        assertThat(symbols.count()).isEqualTo(1003);
        assertThat(symbols.address("_text", BASE)).hasValue(BASE);
        assertThat(symbols.address("symbol_0999_init_task", BASE)).hasValue(BASE + 999 * 16);
        assertThat(symbols.address("this_cpu_off", BASE)).hasValue(0x1f000);
        assertThat(symbols.address("absent", BASE)).isEmpty();
        assertThat(symbols.stream(BASE).map(Symbol::name))
                .startsWith("this_cpu_off")
                .hasSize(1003);
    }

    @ParameterizedTest
    @EnumSource
    void few_symbols_are_enough(Order order) {
        byte[] image = placed(new KallsymsBuilder().add("_text", 'T', BASE).build(order, BASE), 64);

        assertThat(Kallsyms.find(image, image.length).orElseThrow().decode().address("_text", BASE))
                .hasValue(BASE);
    }

    @Test
    void symbols_are_relocated_with_the_text() {
        SymbolTable symbols = decoded(builder(10));

        assertThat(symbols.address("symbol_0003_init_task", BASE + 0x20_0000)).hasValue(BASE + 0x20_0000 + 48);
        assertThat(symbols.address("this_cpu_off", BASE + 0x20_0000)).hasValue(0x1f000);
    }

    @Test
    void nearest_symbol_is_the_first_of_those_at_or_below() {
        SymbolTable symbols = decoded(builder(10));

        assertThat(symbols.nearest(BASE + 17, BASE)).contains(new Symbol("symbol_0001_init_task", 't', BASE + 16));
        assertThat(symbols.nearest(BASE + 1, BASE)).map(Symbol::address).contains(BASE);
        assertThat(symbols.nearest(BASE - 1, BASE)).isEmpty();
        assertThat(symbols.nearest(0x1f000, BASE)).isEmpty();
        assertThat(symbols.nearest(-1, BASE)).isEmpty();
    }

    @Test
    void local_symbols_may_share_their_name() {
        SymbolTable symbols =
                decoded(builder(10).add("again", 't', BASE + 0x500).add("again", 't', BASE + 0x400));

        assertThat(symbols.address("again", BASE)).hasValue(BASE + 0x400);
        assertThat(symbols.all("again", BASE)).extracting(Symbol::address).containsExactly(BASE + 0x400, BASE + 0x500);
    }

    @Test
    void long_names_have_two_bytes_of_length() {
        String name = "x".repeat(300);

        assertThat(decoded(builder(300).add(name, 'd', BASE + 0x10_0000)).address(name, BASE))
                .hasValue(BASE + 0x10_0000);
    }

    @Test
    void stray_digits_are_no_table() {
        byte[] digits = new byte[4096];
        for (int place = 0; place + 20 < digits.length; place += 37) {
            for (int digit = 0; digit < 10; digit++) {
                digits[place + 2 * digit] = (byte) ('0' + digit);
            }
        }
        byte[] table = builder(300).build(Order.OFFSETS_LAST, BASE);
        byte[] both = new Bytes().all(digits).all(table).toArray();

        assertThat(Kallsyms.find(digits, digits.length)).isEmpty();
        assertThat(Kallsyms.find(both, both.length)).isPresent();
    }

    @Test
    void table_of_another_base_or_order_is_none() {
        for (Order order : Order.values()) {
            byte[] low = placed(builder(300).build(order, 0x1000_0000), 0);
            assertThat(Kallsyms.find(low, low.length)).isEmpty();
        }
    }

    @Test
    void cut_table_is_none() {
        byte[] image = placed(builder(300).build(Order.OFFSETS_LAST, BASE), 0);

        for (int length = 0; length < image.length; length += 97) {
            byte[] cut = Arrays.copyOf(image, length);
            Kallsyms.find(cut, length).ifPresent(Kallsyms::decode);
        }
        assertThat(Kallsyms.find(image, image.length / 2)).isEmpty();
    }

    private static SymbolTable decoded(KallsymsBuilder builder) {
        byte[] image = builder.build(Order.OFFSETS_FIRST_WITH_SEQUENCE, BASE);
        return Kallsyms.find(image, image.length).orElseThrow().decode();
    }

    private static KallsymsBuilder builder(int count) {
        KallsymsBuilder builder = new KallsymsBuilder()
                .add("this_cpu_off", 'A', 0x1f000)
                .add("_text", 'T', BASE)
                .add("_stext", 'T', BASE);
        for (int symbol = 0; symbol < count; symbol++) {
            builder.add(String.format("symbol_%04d_init_task", symbol), 't', BASE + symbol * 16L);
        }
        return builder;
    }

    private static byte[] placed(byte[] table, int before) {
        byte[] image = new byte[before + table.length + 100];
        Arrays.fill(image, (byte) 0x5a);
        System.arraycopy(table, 0, image, before, table.length);
        return image;
    }
}
