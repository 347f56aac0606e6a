// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.cloudhypervisor.memory.NestedTable.Format;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Random tables, also such as no hypervisor would make, against a translation written for being read. */
class NestedTablePropertiesTest {
    private static final int TABLES = 16;

    @Property(tries = 200)
    void translation_equals_the_reference(@ForAll long seed, @ForAll @IntRange(min = 4, max = 5) int levels) {
        Random random = new Random(seed);
        TableFile cloud = randomTables(random, levels);
        NestedTable table = new NestedTable(Format.NPT, levels);
        TenantMemory tenant = new TenantMemory(table, () -> cloud.memory, () -> TableFile.ROOT);

        for (int round = 0; round < 200; round++) {
            long address = randomAddress(random);
            Translation translation = table.translate(cloud.memory, TableFile.ROOT, address);
            assertThat(translation).isEqualTo(reference(cloud, levels, address));
            assertThat(place(cloud, tenant.page(address))).isEqualTo(expectedPlace(translation));
            if (round % 8 == 0) {
                cloud.put(randomEntryPlace(random), randomEntry(random));
            }
        }
    }

    @Example
    void tables_that_change_all_the_time_disturb_nothing_else() throws InterruptedException {
        TableFile cloud = randomTables(new Random(1), 4);
        TenantMemory tenant =
                new TenantMemory(new NestedTable(Format.NPT, 4), () -> cloud.memory, () -> TableFile.ROOT);
        Thread hypervisor = Thread.ofPlatform().start(() -> {
            Random random = new Random(2);
            while (!Thread.interrupted()) {
                cloud.put(randomEntryPlace(random), randomEntry(random));
            }
        });
        Random random = new Random(3);
        MemorySegment copy = MemorySegment.ofArray(new byte[3 * 4096]);
        long found = 0;
        for (int round = 0; round < 200_000; round++) {
            long address = randomAddress(random);
            MemorySegment page = tenant.page(address);
            if (page != null) {
                found += 1 + (page.get(ValueLayout.JAVA_BYTE, 0) & 1);
            }
            MemorySegment slice = tenant.slice(address, 1 << 20);
            if (slice != null) {
                assertThat(place(cloud, slice)).isBetween(TableFile.SHIFT, TableFile.SHIFT + TableFile.SIZE);
            }
            assertThat(tenant.read(address, copy)).isBetween(0L, copy.byteSize());
        }
        hypervisor.interrupt();
        hypervisor.join();
        assertThat(found).isPositive();
    }

    private static TableFile randomTables(Random random, int levels) {
        TableFile cloud = new TableFile(levels);
        for (int entry = 0; entry < TABLES * 512; entry++) {
            cloud.put(TableFile.ROOT + entry * 8L, randomEntry(random));
        }
        return cloud;
    }

    /** Mostly present and within the memory; all tables are near the root and point to each other. */
    private static long randomEntry(Random random) {
        if (random.nextInt(8) == 0) {
            return random.nextLong();
        }
        long address = TableFile.ROOT + random.nextInt(random.nextInt(4) == 0 ? 3000 : TABLES) * 4096L;
        long large = random.nextInt(8) == 0 ? 1 << 7 : 0;
        return (large == 0 ? address : address & -(1L << 21)) | large | (random.nextInt(8) == 0 ? 5 : 7);
    }

    private static long randomEntryPlace(Random random) {
        return TableFile.ROOT + random.nextInt(TABLES * 512) * 8L;
    }

    private static long randomAddress(Random random) {
        return random.nextInt(16) == 0 ? random.nextLong() : random.nextLong() & (1L << 48) - 1;
    }

    private static long place(TableFile cloud, MemorySegment bytes) {
        return bytes == null ? -1 : bytes.address() - cloud.file.segment().address();
    }

    private static long expectedPlace(Translation translation) {
        return translation instanceof Translation.Mapped mapped
                        && mapped.readable()
                        && mapped.cloudPhysical() < TableFile.SIZE
                ? TableFile.SHIFT + (mapped.cloudPhysical() & -4096)
                : -1;
    }

    private static Translation reference(TableFile cloud, int levels, long address) {
        if (Long.toUnsignedString(address, 2).length() > Math.min(52, 12 + 9 * levels)) {
            return new Translation.NotPresent(levels);
        }
        BigInteger table = BigInteger.valueOf(TableFile.ROOT);
        boolean readable = true;
        boolean writable = true;
        boolean executable = true;
        for (int level = levels; level >= 1; level--) {
            int below = 12 + 9 * (level - 1);
            long index = address / (1L << below) % 512;
            if (table.compareTo(BigInteger.valueOf(TableFile.SIZE)) >= 0) {
                return new Translation.Malformed(level);
            }
            BigInteger entry = new BigInteger(Long.toUnsignedString(cloud.get(table.longValueExact() + 8 * index)));
            if (!entry.testBit(0)) {
                return new Translation.NotPresent(level);
            }
            readable &= entry.testBit(2);
            writable &= entry.testBit(1);
            executable &= !entry.testBit(63);
            if (level >= 4 && entry.testBit(7)) {
                return new Translation.Malformed(level);
            }
            BigInteger target =
                    entry.mod(BigInteger.ONE.shiftLeft(52)).shiftRight(12).shiftLeft(12);
            if (level == 1 || entry.testBit(7) && level <= 3) {
                if (level > 1
                        && target.clearBit(12)
                                        .mod(BigInteger.ONE.shiftLeft(below))
                                        .signum()
                                != 0) {
                    return new Translation.Malformed(level);
                }
                long start = target.shiftRight(below).shiftLeft(below).longValueExact();
                return new Translation.Mapped(
                        start + address % (1L << below),
                        1L << below,
                        readable,
                        readable && writable,
                        readable && executable);
            }
            table = target;
        }
        throw new AssertionError("a walk without end");
    }
}
