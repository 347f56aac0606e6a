// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.umbra.introspection.memory.Translation.Mapped;
import java.lang.foreign.MemorySegment;

/** Whatever the tables say, a reader finds memory of the machine or none. */
class AddressSpaceFuzzTest {
    private static final PageTables[] MACHINES = {new PageTables(4, 1 << 16), new PageTables(5, 1 << 16)};
    private static final int TABLES = 8;

    @FuzzTest(maxDuration = "5s")
    void tables(FuzzedDataProvider data) {
        PageTables machine = MACHINES[data.consumeInt(0, 1)];
        machine.bytes.fill((byte) 0);
        AddressSpace space = new AddressSpace(
                machine.memory, data.consumeLong(), new Paging(machine.levels, data.consumeBoolean()), 4);
        AddressSpace rooted = new AddressSpace(machine.memory, PageTables.ROOT, machine.paging(), 16);
        MemorySegment copy = MemorySegment.ofArray(new byte[8192]);
        while (data.remainingBytes() > 0) {
            long value = data.consumeLong();
            long place = PageTables.ROOT + data.consumeInt(0, TABLES * 512 - 1) * 8L;
            switch (data.consumeInt(0, 3)) {
                case 0 -> machine.put(place, value);
                case 1 ->
                    machine.put(
                            place,
                            PageTables.ROOT + data.consumeInt(0, TABLES - 1) * 4096L | value & PageTables.LARGE | 7);
                case 2 -> read(space, value, copy);
                default -> read(rooted, value, copy);
            }
        }
        read(rooted, 0, copy);
    }

    private static void read(AddressSpace space, long address, MemorySegment copy) {
        space.invalidate();
        long physical = space.physical(address);
        if (space.translate(address) instanceof Mapped mapped && mapped.physical() != physical) {
            throw new AssertionError("two translations of one address");
        }
        long done = space.available(address, copy);
        if (done < 0 || done > copy.byteSize() || space.readable(address) != done > 0) {
            throw new AssertionError("impossible length: " + done);
        }
        long next = space.next(address, -1);
        if (Long.compareUnsigned(next, address) < 0) {
            throw new AssertionError("a search went backwards");
        }
        try {
            space.string(address, 100);
            space.u64(address + 5);
            space.slice(address, 10_000);
        } catch (Unreadable unreadable) {
            unreadable.getMessage();
        }
    }
}
