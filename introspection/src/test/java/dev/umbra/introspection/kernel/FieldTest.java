// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.PageTables;
import org.junit.jupiter.api.Test;

class FieldTest {
    private static final long STRUCT = 0x40_0000;

    private final PageTables machine = new PageTables(4, 1 << 20);
    private final AddressSpace memory = machine.space();

    FieldTest() {
        machine.map(STRUCT, 0x8_0000, 1, 0);
        machine.put(0x8_0000, 0xfedc_ba98_7654_32f0L);
        machine.put(0x8_0008, 0x0000_0000_0000_00ffL);
    }

    @Test
    void integers_have_their_width_and_sign() {
        assertThat(field(0, 0, 1, false)).isEqualTo(0xf0);
        assertThat(field(0, 0, 1, true)).isEqualTo(-0x10);
        assertThat(field(16, 0, 2, true)).isEqualTo(0x7654);
        assertThat(field(48, 0, 2, true)).isEqualTo((short) 0xfedc);
        assertThat(field(32, 0, 4, false)).isEqualTo(0xfedc_ba98L);
        assertThat(field(32, 0, 4, true)).isEqualTo(0xfedc_ba98);
        assertThat(field(0, 0, 8, false)).isEqualTo(0xfedc_ba98_7654_32f0L);
    }

    @Test
    void bit_fields_are_cut_out() {
        assertThat(field(4, 1, 4, false)).isEqualTo(1);
        assertThat(field(3, 1, 4, false)).isZero();
        assertThat(field(4, 8, 4, false)).isEqualTo(0x2f);
        assertThat(field(4, 4, 4, true)).isEqualTo(-1);
        assertThat(field(60, 12, 8, false)).isEqualTo(0xfff);
        assertThat(field(0, 64, 8, false)).isEqualTo(0xfedc_ba98_7654_32f0L);
    }

    @Test
    void what_is_no_number_is_refused() {
        assertThatThrownBy(() -> field(0, 0, 16, false)).isInstanceOf(UnknownKernel.class);
    }

    private long field(int bitOffset, int bitSize, int size, boolean signed) {
        return new Field("field", bitOffset, bitSize, size, 0, signed, 1).read(memory, STRUCT);
    }
}
