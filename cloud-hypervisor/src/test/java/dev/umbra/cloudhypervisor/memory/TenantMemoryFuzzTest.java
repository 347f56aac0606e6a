// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.umbra.cloudhypervisor.memory.NestedTable.Format;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Whatever layout the host reports and whatever the tables say, a reader finds memory of the VM or none. */
class TenantMemoryFuzzTest {
    private static final TableFile[] CLOUDS = {new TableFile(4), new TableFile(5)};
    private static final int TABLES = 4;

    @FuzzTest(maxDuration = "5s")
    void tables(FuzzedDataProvider data) {
        int levels = data.consumeInt(4, 5);
        TableFile cloud = CLOUDS[levels - 4];
        cloud.fill(TableFile.ROOT, TABLES * 4096L, 0);
        long[] root = {TableFile.ROOT};
        TenantMemory tenant = new TenantMemory(
                new NestedTable(data.pickValue(Format.values()), levels), () -> cloud.memory, () -> root[0]);
        MemorySegment copy = MemorySegment.ofArray(new byte[8192]);
        while (data.remainingBytes() > 0) {
            long value = data.consumeLong();
            switch (data.consumeInt(0, 3)) {
                case 0 -> cloud.put(TableFile.ROOT + data.consumeInt(0, TABLES * 512 - 1) * 8L, value);
                case 1 ->
                    cloud.put(
                            TableFile.ROOT + data.consumeInt(0, TABLES * 512 - 1) * 8L,
                            TableFile.ROOT + data.consumeInt(0, TABLES - 1) * 4096L | value & 0x87 | 7);
                case 2 -> root[0] = value;
                default -> read(cloud, tenant, value, copy);
            }
        }
        read(cloud, tenant, 0, copy);
    }

    @FuzzTest(maxDuration = "5s")
    void extents(FuzzedDataProvider data) {
        long fileSize = data.consumeLong(0, Long.MAX_VALUE);
        List<MemoryExtent> extents = new ArrayList<>();
        while (data.remainingBytes() > 0) {
            int shift = data.consumeInt(0, 12);
            extents.add(new MemoryExtent(
                    data.consumeLong() << shift, data.consumeLong() << shift, data.consumeLong() << shift));
        }
        MemoryExtents table;
        try {
            table = MemoryExtents.of(extents, fileSize);
        } catch (IllegalArgumentException refused) {
            return;
        }
        for (MemoryExtent extent : extents) {
            long last = table.offset(extent.cloudPhysical() + extent.length() - 1);
            if (table.offset(extent.cloudPhysical()) != extent.offset() || last < 0 || last >= fileSize) {
                throw new AssertionError("misplaced: " + extent);
            }
        }
    }

    private static void read(TableFile cloud, TenantMemory tenant, long address, MemorySegment copy) {
        MemorySegment slice = tenant.slice(address, 1 << 16);
        if (slice != null) {
            long place = slice.address() - cloud.file.segment().address();
            if (place < TableFile.SHIFT || place + slice.byteSize() > TableFile.SHIFT + TableFile.SIZE) {
                throw new AssertionError("outside the memory of the VM");
            }
        }
        long done = tenant.read(address, copy);
        if (done < 0 || done > copy.byteSize() || (slice == null) != (done == 0)) {
            throw new AssertionError("impossible length: " + done);
        }
    }
}
