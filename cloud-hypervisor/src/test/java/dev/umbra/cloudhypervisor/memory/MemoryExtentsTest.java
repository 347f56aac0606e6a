// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryExtentsTest {
    private static final long FILE = 1 << 20;

    @Test
    void addresses_are_found_in_any_order_of_extents() {
        MemoryExtents extents = MemoryExtents.of(
                List.of(new MemoryExtent(0x10_0000, 0x2000, 0x8000), new MemoryExtent(0, 0x1000, 0x3000)), FILE);

        assertThat(extents.offset(0)).isEqualTo(0x3000);
        assertThat(extents.offset(0xfff)).isEqualTo(0x3fff);
        assertThat(extents.offset(0x1000)).isEqualTo(-1);
        assertThat(extents.offset(0x10_1fff)).isEqualTo(0x9fff);
        assertThat(extents.offset(0x10_2000)).isEqualTo(-1);
        assertThat(extents.offset(-1)).isEqualTo(-1);
        assertThat(extents.count()).isEqualTo(2);
        assertThat(extents.size()).isEqualTo(0x3000);
    }

    @Test
    void the_next_address_with_memory_is_found() {
        MemoryExtents extents = MemoryExtents.of(
                List.of(new MemoryExtent(0x10_0000, 0x2000, 0x8000), new MemoryExtent(0x1000, 0x1000, 0x3000)), FILE);

        assertThat(extents.next(0)).isEqualTo(0x1000);
        assertThat(extents.next(0x1abc)).isEqualTo(0x1abc);
        assertThat(extents.next(0x2000)).isEqualTo(0x10_0000);
        assertThat(extents.next(0x10_2000)).isEqualTo(-1);
    }

    @Test
    void two_addresses_may_share_bytes_of_the_file() {
        MemoryExtents extents =
                MemoryExtents.of(List.of(new MemoryExtent(0, 0x1000, 0), new MemoryExtent(0x5000, 0x1000, 0)), FILE);

        assertThat(extents.offset(0x5004)).isEqualTo(extents.offset(4));
    }

    @ParameterizedTest
    @CsvSource({
        "0x1, 0x1000, 0x0",
        "0x0, 0x1001, 0x0",
        "0x0, 0x1000, 0x8",
        "0x0, 0x0, 0x0",
        "0x0, -0x1000, 0x0",
        "-0x1000, 0x2000, 0x0",
        "0x0, 0x1000, -0x1000",
        "0x0, 0x1000, 0x100000",
        "0x0, 0x101000, 0x0",
        "0x0, 0x7ffffffffffff000, 0x1000",
        "0xffffffffff000, 0x2000, 0x0"
    })
    void what_is_no_run_of_pages_in_the_file_is_refused(String address, String length, String offset) {
        MemoryExtent hostile = new MemoryExtent(Long.decode(address), Long.decode(length), Long.decode(offset));

        assertThatIllegalArgumentException().isThrownBy(() -> MemoryExtents.of(List.of(hostile), FILE));
    }

    @Test
    void overlaps_are_refused() {
        MemoryExtent first = new MemoryExtent(0x1000, 0x3000, 0);

        for (long start : new long[] {0, 0x1000, 0x2000, 0x3000}) {
            MemoryExtent second = new MemoryExtent(start, 0x2000, 0x8000);
            assertThatIllegalArgumentException().isThrownBy(() -> MemoryExtents.of(List.of(first, second), FILE));
        }
    }
}
