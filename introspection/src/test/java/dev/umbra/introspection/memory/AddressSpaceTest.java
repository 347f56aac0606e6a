// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.umbra.introspection.memory.Translation.Malformed;
import dev.umbra.introspection.memory.Translation.Mapped;
import dev.umbra.introspection.memory.Translation.NoMemory;
import dev.umbra.introspection.memory.Translation.NotCanonical;
import dev.umbra.introspection.memory.Translation.NotPresent;
import dev.umbra.introspection.memory.Unreadable.Why;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressSpaceTest {
    private static final long VIRTUAL = 0xffff_8880_1234_5000L;
    private static final long PHYSICAL = 0x30_0000;
    private static final long SIZE = 4 << 20;
    private static final long ALL = PageTables.WRITABLE | PageTables.USER;

    private final PageTables machine = new PageTables(4, SIZE);

    @ParameterizedTest
    @CsvSource({"4,1", "4,2", "4,3", "5,1", "5,2", "5,3"})
    void pages_of_all_sizes_are_translated(int levels, int level) {
        PageTables tables = new PageTables(levels, SIZE);
        long size = 1L << 3 + 9 * level;
        long physical = level == 1 ? PHYSICAL : 0;
        tables.map(VIRTUAL & -size, physical, level, ALL);

        long virtual = (VIRTUAL & -size) + 0xabc;
        assertThat(tables.space().translate(virtual)).isEqualTo(new Mapped(physical + 0xabc, size, true, true, true));
        assertThat(tables.space().physical(virtual)).isEqualTo(physical + 0xabc);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void rights_are_those_that_all_levels_give(int level) {
        machine.map(VIRTUAL, PHYSICAL, 1, ALL);
        long place = machine.entry(VIRTUAL, level);
        long entry = machine.get(place);

        machine.put(place, entry & ~PageTables.WRITABLE);
        assertThat(machine.space().translate(VIRTUAL)).isEqualTo(new Mapped(PHYSICAL, 4096, false, true, true));
        machine.put(place, entry & ~PageTables.USER);
        assertThat(machine.space().translate(VIRTUAL)).isEqualTo(new Mapped(PHYSICAL, 4096, true, false, true));
        machine.put(place, entry | PageTables.NO_EXECUTE);
        assertThat(machine.space().translate(VIRTUAL)).isEqualTo(new Mapped(PHYSICAL, 4096, true, true, false));
        machine.put(place, entry & ~1);
        assertThat(machine.space().translate(VIRTUAL)).isEqualTo(new NotPresent(level));
    }

    @Test
    void reserved_bits_are_malformed() {
        machine.map(0x4000_0000, 0x2000, 3, ALL);
        machine.map(0x20_0000, 0x2000, 2, ALL);
        machine.map(VIRTUAL, PHYSICAL, 1, ALL);
        long top = machine.entry(VIRTUAL, 4);
        machine.put(top, machine.get(top) | PageTables.LARGE);

        assertThat(machine.space().translate(0x4000_0000)).isEqualTo(new Malformed(3));
        assertThat(machine.space().translate(0x20_0000)).isEqualTo(new Malformed(2));
        assertThat(machine.space().translate(VIRTUAL)).isEqualTo(new Malformed(4));
    }

    @Test
    void no_execute_bit_is_reserved_without_the_feature() {
        machine.map(VIRTUAL, PHYSICAL, 1, ALL | PageTables.NO_EXECUTE);

        AddressSpace space = new AddressSpace(machine.memory, PageTables.ROOT, new Paging(4, false), 4);

        assertThat(space.translate(VIRTUAL)).isEqualTo(new Malformed(1));
    }

    @Test
    void process_context_identifier_is_no_part_of_the_root() {
        machine.map(VIRTUAL, PHYSICAL, 1, ALL);

        AddressSpace space =
                new AddressSpace(machine.memory, PageTables.ROOT | 0x8000_0000_0000_0123L, machine.paging(), 4);

        assertThat(space.physical(VIRTUAL)).isEqualTo(PHYSICAL);
        assertThat(space.root()).isEqualTo(PageTables.ROOT);
    }

    @Test
    void wild_tables_and_pages_are_no_memory() {
        machine.map(VIRTUAL, SIZE, 1, ALL);
        assertThat(machine.space().translate(VIRTUAL)).isEqualTo(new NoMemory(0));
        machine.put(machine.entry(VIRTUAL, 2), 0x000f_ffff_ffff_f003L);
        assertThat(machine.space().translate(VIRTUAL)).isEqualTo(new NoMemory(1));
        assertThat(new AddressSpace(machine.memory, -1, machine.paging(), 4).translate(VIRTUAL))
                .isEqualTo(new NoMemory(4));
    }

    @Test
    void table_that_contains_itself_ends_the_walk() {
        for (int index = 0; index < 512; index++) {
            machine.put(PageTables.ROOT + index * 8L, PageTables.ROOT | 3);
        }

        assertThat(machine.space().translate(VIRTUAL)).isInstanceOf(Mapped.class);
        assertThat(machine.space().string(VIRTUAL, 1 << 16)).hasSizeLessThanOrEqualTo(1 << 16);
    }

    @Test
    void addresses_that_are_not_canonical_are_refused_whatever_is_remembered() {
        AddressSpace space = machine.space();
        machine.map(VIRTUAL, PHYSICAL, 1, ALL);
        assertThat(space.physical(VIRTUAL)).isEqualTo(PHYSICAL);
        for (int bit = 47; bit < Long.SIZE; bit++) {
            assertThat(space.physical(VIRTUAL ^ 1L << bit)).as("bit %d", bit).isEqualTo(-1);
        }
    }

    @Test
    void addresses_that_are_not_canonical_are_refused() {
        assertThat(machine.space().translate(0x8000_0000_0000L)).isEqualTo(new NotCanonical());
        assertThat(machine.space().physical(0x0123_0000_0000_0000L)).isEqualTo(-1);
        assertThat(new PageTables(5, SIZE).space().translate(0x8000_0000_0000L)).isEqualTo(new NotPresent(5));
    }

    @Test
    void changed_entry_is_noticed_before_its_translation_is_used() {
        AddressSpace space = machine.space();
        long place = machine.map(VIRTUAL, PHYSICAL, 1, ALL);
        assertThat(space.physical(VIRTUAL)).isEqualTo(PHYSICAL);

        machine.put(place, machine.get(place) + 0x1000);

        assertThat(space.physical(VIRTUAL)).isEqualTo(PHYSICAL + 0x1000);
        machine.put(place, 0);
        assertThat(space.physical(VIRTUAL)).isEqualTo(-1);
    }

    @Test
    void change_of_an_upper_level_is_noticed_after_invalidation() {
        AddressSpace space = machine.space();
        machine.map(VIRTUAL, PHYSICAL, 1, ALL);
        space.physical(VIRTUAL);
        long walks = space.walks();

        machine.put(machine.entry(VIRTUAL, 3), 0);
        assertThat(space.physical(VIRTUAL)).isEqualTo(PHYSICAL);
        assertThat(space.walks()).isEqualTo(walks);

        space.invalidate();
        assertThat(space.physical(VIRTUAL)).isEqualTo(-1);
    }

    @Test
    void numbers_are_read_within_and_across_pages() {
        machine.map(VIRTUAL, PHYSICAL, 1, ALL);
        machine.map(VIRTUAL + 4096, PHYSICAL - 4096, 1, ALL);
        machine.bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, PHYSICAL + 8, 0xf1f2_f3f4_f5f6_f7f8L);
        machine.bytes.set(ValueLayout.JAVA_INT_UNALIGNED, PHYSICAL + 4092, 0x8182_8384);
        machine.bytes.set(ValueLayout.JAVA_INT_UNALIGNED, PHYSICAL - 4096, 0x9192_9394);
        AddressSpace space = machine.space();

        assertThat(space.u8(VIRTUAL + 8)).isEqualTo(0xf8);
        assertThat(space.u16(VIRTUAL + 8)).isEqualTo(0xf7f8);
        assertThat(space.u32(VIRTUAL + 8)).isEqualTo(0xf5f6_f7f8);
        assertThat(space.u64(VIRTUAL + 8)).isEqualTo(0xf1f2_f3f4_f5f6_f7f8L);
        assertThat(space.u64(VIRTUAL + 4092)).isEqualTo(0x9192_9394_8182_8384L);
        assertThat(space.u16(VIRTUAL + 4095)).isEqualTo(0x9481);
        assertThat(space.u32(VIRTUAL + 4094)).isEqualTo(0x9394_8182);
        assertThat(space.slice(VIRTUAL + 4090, 100).byteSize()).isEqualTo(6);
    }

    @Test
    void what_cannot_be_read_says_where_and_why() {
        machine.map(VIRTUAL, PHYSICAL, 1, ALL);
        AddressSpace space = machine.space();

        Unreadable crossing = catchThrowableOfType(Unreadable.class, () -> space.u64(VIRTUAL + 4095));
        assertThat(crossing.why()).isEqualTo(Why.NOT_PRESENT);
        assertThat(crossing.address()).isEqualTo(VIRTUAL + 4096);
        assertThat(crossing.getStackTrace()).isEmpty();
        Unreadable copy = catchThrowableOfType(Unreadable.class, () -> space.bytes(VIRTUAL + 1, 8192));
        assertThat(copy).isSameAs(crossing).hasMessage("0xffff888012346000 not present");
        assertThat(space.available(VIRTUAL + 1, MemorySegment.ofArray(new byte[8192])))
                .isEqualTo(4095);
        assertThat(catchThrowableOfType(Unreadable.class, () -> space.u8(1L << 60))
                        .why())
                .isEqualTo(Why.NOT_CANONICAL);
        assertThat(space.readable(VIRTUAL)).isTrue();
        assertThat(space.readable(VIRTUAL - 1)).isFalse();
    }

    @Test
    void strings_end_with_zero_or_limit_or_memory() {
        machine.map(VIRTUAL, PHYSICAL, 1, ALL);
        byte[] text = "swapper/0\0behind".getBytes(StandardCharsets.US_ASCII);
        MemorySegment.copy(text, 0, machine.bytes, ValueLayout.JAVA_BYTE, PHYSICAL, text.length);
        machine.bytes.asSlice(PHYSICAL + 4090, 6).fill((byte) 'x');
        AddressSpace space = machine.space();

        assertThat(space.string(VIRTUAL, 16)).isEqualTo("swapper/0");
        assertThat(space.string(VIRTUAL, 4)).isEqualTo("swap");
        assertThat(space.string(VIRTUAL + 4090, 100)).isEqualTo("xxxxxx");
    }

    @Test
    void copy_is_repeated_when_its_translation_changed_meanwhile() {
        long place = machine.map(VIRTUAL, PHYSICAL, 1, ALL);
        machine.bytes.asSlice(PHYSICAL, 4096).fill((byte) 1);
        machine.bytes.asSlice(PHYSICAL + 4096, 4096).fill((byte) 2);
        MovingMemory moving = new MovingMemory(machine, place, 1);
        AddressSpace space = new AddressSpace(moving, PageTables.ROOT, machine.paging(), 4);

        assertThat(space.bytes(VIRTUAL, 4096)).containsOnly(2);
        assertThat(space.repeats()).isEqualTo(1);
    }

    @Test
    void copy_that_never_comes_to_rest_is_given_up() {
        long place = machine.map(VIRTUAL, PHYSICAL, 1, ALL);
        AddressSpace space =
                new AddressSpace(new MovingMemory(machine, place, 1000), PageTables.ROOT, machine.paging(), 4);

        assertThat(catchThrowableOfType(Unreadable.class, () -> space.bytes(VIRTUAL, 4096))
                        .why())
                .isEqualTo(Why.UNSTABLE);
    }

    @Test
    void mapped_pages_are_found_across_holes() {
        machine.map(VIRTUAL, PHYSICAL, 1, ALL);
        machine.map(0x1000, PHYSICAL, 1, ALL);
        AddressSpace space = machine.space();

        assertThat(space.next(0, -1)).isEqualTo(0x1000);
        assertThat(space.next(0x2000, -1)).isEqualTo(VIRTUAL);
        assertThat(space.next(VIRTUAL + 5, -1)).isEqualTo(VIRTUAL + 5);
        assertThat(space.next(VIRTUAL + 4096, -1)).isEqualTo(-1);
        assertThat(space.next(0x2000, VIRTUAL)).isEqualTo(VIRTUAL);
    }

    /** Moves a page each time after its bytes were asked for, as often as told. */
    private static final class MovingMemory implements PhysicalMemory {
        private final PageTables machine;
        private final long entry;
        private int moves;
        private boolean placed;

        MovingMemory(PageTables machine, long entry, int moves) {
            this.machine = machine;
            this.entry = entry;
            this.moves = moves;
        }

        @Override
        public long place(long physical) {
            placed = (physical & ~0x1fffL) == PHYSICAL;
            return machine.memory.place(physical);
        }

        @Override
        public MemorySegment bytes() {
            if (placed && moves > 0) {
                moves--;
                machine.put(entry, machine.get(entry) ^ 0x1000);
            }
            return machine.memory.bytes();
        }

        @Override
        public long next(long physical) {
            return machine.memory.next(physical);
        }
    }
}
