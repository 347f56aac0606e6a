// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.umbra.cloudhypervisor.memory.NestedTable.Format;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class TenantMemoryTest {
    private static final long LARGE = 1 << 7;

    private final TableFile cloud = new TableFile(4);
    private CloudMemory memory = cloud.memory;
    private long root = TableFile.ROOT;
    private final TenantMemory tenant = new TenantMemory(new NestedTable(Format.NPT, 4), () -> memory, () -> root);

    @Test
    void a_page_is_shown_in_place() {
        cloud.map(0x5000, 1, 0x20_0000 | 7);

        MemorySegment page = tenant.page(0x5678);
        cloud.fill(0x20_0000, 4096, 0x5a);

        assertThat(page.byteSize()).isEqualTo(4096);
        assertThat(page.isReadOnly()).isTrue();
        assertThat(page.get(ValueLayout.JAVA_BYTE, 4095)).isEqualTo((byte) 0x5a);
        assertThat(tenant.page(0x6000)).isNull();
        assertThat(tenant.page(-1)).isNull();
    }

    @Test
    void a_changed_entry_is_noticed_at_the_next_use() {
        long entry = cloud.map(0x5000, 1, 0x20_0000 | 7);
        cloud.fill(0x20_0000, 4096, 1);
        cloud.fill(0x21_0000, 4096, 2);
        assertThat(first(tenant.page(0x5000))).isEqualTo(1);

        cloud.put(entry, 0x21_0000 | 7);
        assertThat(first(tenant.page(0x5000))).isEqualTo(2);
        cloud.put(entry, 0);
        assertThat(tenant.page(0x5000)).isNull();
    }

    @Test
    void translations_are_remembered_until_the_root_or_the_memory_changes() {
        cloud.map(0x5000, 1, 0x20_0000 | 7);
        cloud.put(0x7f_0000, cloud.get(TableFile.ROOT));

        tenant.page(0x5000);
        tenant.page(0x5000);
        assertThat(tenant.walks()).isEqualTo(1);

        root = 0x7f_0000;
        assertThat(tenant.page(0x5000)).isNotNull();
        assertThat(tenant.walks()).isEqualTo(2);

        memory = cloud.file.cloudMemory(List.of(new MemoryExtent(0, 0x10_0000, TableFile.SHIFT)));
        root = TableFile.ROOT;
        assertThat(tenant.page(0x5000)).isNull();
    }

    @Test
    void a_search_through_all_memory_leaves_holes_out() {
        cloud.map(0x5000, 1, 0x20_0000 | 7);
        cloud.map(0x40_0000_0000L, 1, 0x21_0000 | 7);
        cloud.map(0x40_0000_1000L, 1, 0x7fff_f000L | 7);

        assertThat(tenant.next(0)).isEqualTo(0x5000);
        assertThat(tenant.next(0x5678)).isEqualTo(0x5000);
        assertThat(tenant.next(0x6000)).isEqualTo(0x40_0000_0000L);
        assertThat(tenant.next(0x40_0000_1000L)).isEqualTo(-1);
        assertThat(tenant.next(-1)).isEqualTo(-1);
        root = 0;
        assertThat(tenant.next(0)).isEqualTo(-1);
    }

    @Test
    void a_place_is_an_offset_in_the_file() {
        cloud.map(0x5000, 1, 0x20_0000 | 7);

        assertThat(tenant.place(0x5678)).isEqualTo(TableFile.SHIFT + 0x20_0678);
        assertThat(tenant.file()).isSameAs(cloud.file.segment());
        assertThat(tenant.place(0x6000)).isEqualTo(-1);
    }

    @Test
    void nothing_is_there_without_memory_or_root() {
        cloud.map(0x5000, 1, 0x20_0000 | 7);
        root = 0;
        assertThat(tenant.page(0x5000)).isNull();
        root = TableFile.ROOT;
        memory = null;
        assertThat(tenant.page(0x5000)).isNull();
        assertThat(tenant.contiguous(0x5000, 8)).isZero();
        assertThat(tenant.read(0x5000, MemorySegment.ofArray(new byte[8]))).isZero();
    }

    @Test
    void what_the_tenant_may_not_read_is_not_there() {
        cloud.map(0x5000, 1, 0x20_0000 | 3);

        assertThat(tenant.page(0x5000)).isNull();
    }

    @Test
    void runs_reach_across_pages_as_far_as_the_file_does() {
        cloud.map(0x20_0000, 2, 0x40_0000 | LARGE | 7);
        cloud.map(0x40_0000, 1, 0x60_0000 | 7);
        cloud.map(0x40_1000, 1, 0x62_0000 | 7);

        assertThat(tenant.contiguous(0x20_0010, 1 << 30)).isEqualTo(0x20_1000 - 0x10);
        assertThat(tenant.contiguous(0x20_0010, 100)).isEqualTo(100);
        assertThat(tenant.slice(0x20_0010, 1 << 30).byteSize()).isEqualTo(0x20_1000 - 0x10);
        assertThat(tenant.slice(0x80_0000, 8)).isNull();
        assertThatIllegalArgumentException().isThrownBy(() -> tenant.contiguous(0x20_0000, 0));
    }

    @Test
    void copying_ends_where_memory_ends() {
        cloud.map(0x5000, 1, 0x20_0000 | 7);
        cloud.map(0x6000, 1, 0x30_0000 | 7);
        cloud.fill(0x20_0000, 4096, 1);
        cloud.fill(0x30_0000, 4096, 2);
        byte[] copy = new byte[8192];

        assertThat(tenant.read(0x5800, MemorySegment.ofArray(copy))).isEqualTo(0x1800);
        assertThat(copy[0x7ff]).isEqualTo((byte) 1);
        assertThat(copy[0x800]).isEqualTo((byte) 2);
        assertThat(tenant.repeats()).isZero();
    }

    @Test
    void a_copy_under_which_the_translation_changes_is_made_again() {
        cloud.map(0x5000, 1, 0x20_0000 | 7);
        long second = 0x7f_0000;
        cloud.put(second, 0);
        long[] asked = {0};
        TenantMemory reader = new TenantMemory(
                new NestedTable(Format.NPT, 4), () -> memory, () -> ++asked[0] == 2 ? second : TableFile.ROOT);

        assertThat(reader.read(0x5000, MemorySegment.ofArray(new byte[16]))).isEqualTo(16);
        assertThat(reader.repeats()).isEqualTo(1);
    }

    @Test
    void a_translation_that_never_rests_ends_the_copy() {
        cloud.map(0x5000, 1, 0x20_0000 | 7);
        TenantMemory reader = new TenantMemory(
                new NestedTable(Format.NPT, 4),
                () -> cloud.file.cloudMemory(List.of(new MemoryExtent(0, TableFile.SIZE, TableFile.SHIFT))),
                () -> root);

        assertThat(reader.read(0x5000, MemorySegment.ofArray(new byte[16]))).isZero();
        assertThat(reader.repeats()).isEqualTo(8);
    }

    @Test
    void more_pages_than_are_remembered_are_still_found() {
        cloud.map(0, 2, 0x40_0000 | LARGE | 7);
        for (long page = 1; page < 32; page++) {
            cloud.map(page << 21, 2, 0x40_0000 | LARGE | 7);
        }
        for (int round = 0; round < 2; round++) {
            for (long address = 0; address < 32L << 21; address += 4096) {
                MemorySegment page = tenant.page(address);
                assertThat(page).isNotNull();
                assertThat(page.address() - cloud.file.segment().address())
                        .isEqualTo(TableFile.SHIFT + 0x40_0000 + (address & 0x1f_ffff));
            }
        }
    }

    private static int first(MemorySegment page) {
        return page.get(ValueLayout.JAVA_BYTE, 0);
    }
}
