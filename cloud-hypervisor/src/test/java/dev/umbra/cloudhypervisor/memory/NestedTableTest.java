// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.cloudhypervisor.memory.NestedTable.Format;
import dev.umbra.cloudhypervisor.memory.Translation.Malformed;
import dev.umbra.cloudhypervisor.memory.Translation.Mapped;
import dev.umbra.cloudhypervisor.memory.Translation.NotPresent;
import org.junit.jupiter.api.Test;

class NestedTableTest {
    private static final long NO_EXECUTE = 1L << 63;
    private static final long LARGE = 1 << 7;

    private final TableFile cloud = new TableFile(4);
    private final NestedTable table = new NestedTable(Format.NPT, 4);

    @Test
    void pages_of_all_sizes_are_found() {
        cloud.map(0x5000, 1, 0x20_0000 | 7);
        cloud.map(0x60_0000, 2, 0x40_0000 | LARGE | 7);
        cloud.map(0x8000_0000L, 3, 0x4000_0000L | LARGE | 7);

        assertThat(translate(0x5123)).isEqualTo(new Mapped(0x20_0123, 1 << 12, true, true, true));
        assertThat(translate(0x61_2345)).isEqualTo(new Mapped(0x41_2345, 1 << 21, true, true, true));
        assertThat(translate(0x8123_4567L)).isEqualTo(new Mapped(0x4123_4567L, 1 << 30, true, true, true));
    }

    @Test
    void five_levels_reach_further() {
        TableFile five = new TableFile(5);
        long address = 0x9_1234_5678_9000L;
        five.map(address, 1, 0x3000 | 7);

        assertThat(new NestedTable(Format.NPT, 5).translate(five.memory, TableFile.ROOT, address + 1))
                .isEqualTo(new Mapped(0x3001, 1 << 12, true, true, true));
    }

    @Test
    void rights_are_those_of_all_levels_together() {
        cloud.map(0x1000, 1, 0x2000 | 5);
        cloud.map(0x2000, 1, 0x2000 | 7 | NO_EXECUTE);
        cloud.map(0x3000, 1, 0x2000 | 3);

        assertThat(translate(0x1000)).isEqualTo(new Mapped(0x2000, 1 << 12, true, false, true));
        assertThat(translate(0x2000)).isEqualTo(new Mapped(0x2000, 1 << 12, true, true, false));
        assertThat(translate(0x3000)).isEqualTo(new Mapped(0x2000, 1 << 12, false, false, false));
    }

    @Test
    void absence_says_at_which_level() {
        cloud.map(0x5000, 1, 0x20_0000 | 7);

        assertThat(translate(0x6000)).isEqualTo(new NotPresent(1));
        assertThat(translate(0x20_0000)).isEqualTo(new NotPresent(2));
        assertThat(translate(0x4000_0000L)).isEqualTo(new NotPresent(3));
        assertThat(translate(1L << 39)).isEqualTo(new NotPresent(4));
        assertThat(translate(1L << 48)).isEqualTo(new NotPresent(4));
        assertThat(translate(-1)).isEqualTo(new NotPresent(4));
    }

    @Test
    void reserved_bits_and_tables_outside_the_memory_are_malformed() {
        cloud.map(0x20_0000, 2, 0x2000 | LARGE | 7);
        cloud.map(0x40_0000, 2, TableFile.SIZE | 7);
        cloud.map(0, 4, 0x2000 | LARGE | 7);

        assertThat(translate(0)).isEqualTo(new Malformed(4));
        cloud.put(TableFile.ROOT, 0x2000 | 7);
        assertThat(translate(0x20_0000)).isEqualTo(new Malformed(2));
        assertThat(translate(0x40_0000)).isEqualTo(new Malformed(1));
        assertThat(table.translate(cloud.memory, -1, 0)).isEqualTo(new Malformed(4));
    }

    @Test
    void a_table_that_contains_itself_ends_the_walk_after_four_levels() {
        cloud.put(TableFile.ROOT, TableFile.ROOT | 7);

        assertThat(translate(0x123)).isEqualTo(new Mapped(TableFile.ROOT | 0x123, 1 << 12, true, true, true));
    }

    @Test
    void extended_page_tables_have_rights_of_their_own() {
        NestedTable extended = new NestedTable(Format.EPT, 4);
        long writeBack = 6 << 3;
        cloud.map(0x1000, 1, 0x2000 | writeBack | 1);
        cloud.map(0x2000, 1, 0x2000 | writeBack | 2);
        cloud.map(0x3000, 1, 0x2000 | 2 << 3 | 7);
        cloud.map(0x20_0000, 2, 0x40_0000 | writeBack | LARGE | 5);

        assertThat(extended.translate(cloud.memory, TableFile.ROOT | 0x1e, 0x1000))
                .isEqualTo(new Mapped(0x2000, 1 << 12, true, false, false));
        assertThat(extended.translate(cloud.memory, TableFile.ROOT, 0x2000)).isEqualTo(new Malformed(1));
        assertThat(extended.translate(cloud.memory, TableFile.ROOT, 0x3000)).isEqualTo(new Malformed(1));
        assertThat(extended.translate(cloud.memory, TableFile.ROOT, 0x20_1000))
                .isEqualTo(new Mapped(0x40_1000, 1 << 21, true, false, true));
        assertThat(extended.translate(cloud.memory, TableFile.ROOT, 0x5000)).isEqualTo(new NotPresent(1));
    }

    @Test
    void other_numbers_of_levels_are_refused() {
        assertThatThrownBy(() -> new NestedTable(Format.NPT, 3)).isInstanceOf(IllegalArgumentException.class);
    }

    private Translation translate(long tenantPhysical) {
        return table.translate(cloud.memory, TableFile.ROOT, tenantPhysical);
    }
}
