// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class MemoryImageTest {
    private static final long HIGH = 4L << 30;

    private final byte[] bytes = new byte[5 * 4096 + 7];
    private final MemoryImage image = new MemoryImage(MemorySegment.ofArray(bytes), 3 * 4096);

    @Test
    void memory_goes_on_behind_the_addresses_of_devices() {
        assertThat(image.place(0)).isZero();
        assertThat(image.place(3 * 4096 - 1)).isEqualTo(3 * 4096 - 1);
        assertThat(image.place(3 * 4096)).isEqualTo(PhysicalMemory.NOWHERE);
        assertThat(image.place(HIGH)).isEqualTo(3 * 4096);
        assertThat(image.place(HIGH + 2 * 4096 - 1)).isEqualTo(5 * 4096 - 1);
        assertThat(image.place(HIGH + 2 * 4096)).isEqualTo(PhysicalMemory.NOWHERE);
        assertThat(image.place(-1)).isEqualTo(PhysicalMemory.NOWHERE);
        assertThat(image.place(Long.MIN_VALUE)).isEqualTo(PhysicalMemory.NOWHERE);
    }

    @Test
    void search_leaves_the_gap_out() {
        assertThat(image.next(1)).isZero();
        assertThat(image.next(4096)).isEqualTo(4096);
        assertThat(image.next(3 * 4096)).isEqualTo(HIGH);
        assertThat(image.next(HIGH + 4096 + 1)).isEqualTo(HIGH + 4096);
        assertThat(image.next(HIGH + 2 * 4096)).isEqualTo(PhysicalMemory.NOWHERE);
    }

    @Test
    void reads_stop_at_the_gap() {
        bytes[3 * 4096 - 1] = 9;
        byte[] copy = new byte[100];

        assertThat(image.read(3 * 4096 - 1, MemorySegment.ofArray(copy))).isEqualTo(1);
        assertThat(copy[0]).isEqualTo((byte) 9);
        assertThat(image.page(4097).byteSize()).isEqualTo(4096);
        assertThat(image.page(3 * 4096)).isNull();
        assertThat(image.slice(4096 + 1, 1 << 20).byteSize()).isEqualTo(2 * 4096 - 1);
        assertThat(image.slice(3 * 4096, 1)).isNull();
    }
}
