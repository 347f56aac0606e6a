// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** A remembering reader says what the tables say, whatever was mapped, moved and removed before. */
class AddressSpacePropertiesTest {
    private static final long BASE = 0xffff_c900_0000_0000L;
    private static final int PAGES = 64;

    @Property(tries = 100)
    void translations_follow_the_tables(@ForAll long seed, @ForAll @IntRange(min = 4, max = 5) int levels) {
        Random random = new Random(seed);
        PageTables machine = new PageTables(levels, 1 << 20);
        AddressSpace space = new AddressSpace(machine.memory, PageTables.ROOT, machine.paging(), 8);
        Map<Long, Long> mapped = new HashMap<>();
        for (int step = 0; step < 300; step++) {
            long virtual = BASE + random.nextInt(PAGES) * 0x1003_1000L;
            switch (random.nextInt(4)) {
                case 0 -> {
                    long physical = random.nextInt(256) * 4096L;
                    if (machine.entry(virtual, 1) < 1 << 19) {
                        machine.map(virtual, physical, 1, random.nextLong() & PageTables.WRITABLE);
                        mapped.put(virtual, physical);
                    }
                }
                case 1 -> {
                    if (mapped.remove(virtual) != null) {
                        machine.put(machine.entry(virtual, 1), 0);
                    }
                }
                default -> {
                    int offset = random.nextInt(4096);
                    Long physical = mapped.get(virtual);
                    assertThat(space.physical(virtual + offset)).isEqualTo(physical == null ? -1 : physical + offset);
                }
            }
        }
    }
}
