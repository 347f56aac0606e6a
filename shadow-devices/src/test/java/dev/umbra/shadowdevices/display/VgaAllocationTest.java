// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Accesses and saving run for every frame from the tenant and must leave nothing to collect. */
class VgaAllocationTest extends VgaTest {
    private static final int WARM_UP = 200_000;
    private static final int ACCESSES = 500_000;
    private static final int NOISE_BYTES = 64 * 1024;

    @Test
    void accessesAndSave_inTextMode_allocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        VgaMode.TEXT.program(display);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(VgaDisplayState.SIZE);
            access(segment, WARM_UP);

            long before = threads.getCurrentThreadAllocatedBytes();
            access(segment, ACCESSES);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;

            assertThat(allocated).isLessThan(NOISE_BYTES);
        }
    }

    private void access(MemorySegment segment, int times) {
        for (int count = 0; count < times; count++) {
            display.portWrite(0x3d4, 2, 0x0f | count << 8);
            display.portRead(0x3da, 1);
            display.windowWrite(0x18000 + count % 4000, 2, count);
            display.registerRead(0x500, 2);
            display.save(segment);
        }
    }
}
