// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Saving runs after every frame and must leave nothing to collect. */
class UartSaveAllocationTest extends UartTest {
    private static final int WARM_UP = 200_000;
    private static final int SAVES = 1_000_000;
    private static final int NOISE_BYTES = 64 * 1024;

    @Test
    void save_intoMappedMemory_allocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(Uart16550State.SIZE);
            save(segment, WARM_UP);

            long before = threads.getCurrentThreadAllocatedBytes();
            save(segment, SAVES);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;

            assertThat(allocated).isLessThan(NOISE_BYTES);
            assertThat(Uart16550State.decode(segment)).isEqualTo(uart.state());
        }
    }

    private void save(MemorySegment segment, int times) {
        for (int count = 0; count < times; count++) {
            uart.write(UartRegisters.SCR, count);
            uart.save(segment);
        }
    }
}
