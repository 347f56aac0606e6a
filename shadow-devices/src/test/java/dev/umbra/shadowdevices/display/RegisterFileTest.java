// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RegisterFileTest {
    private static final int UPDATES = 100_000;

    private final RegisterFile registers = new RegisterFile();

    @Test
    void copy_whileAnotherThreadWrites_isNeverHalfWritten() throws InterruptedException {
        Thread writer = Thread.ofPlatform().start(() -> {
            for (int update = 1; update <= UPDATES; update++) {
                registers.beginUpdate();
                Arrays.fill(registers.bytes(), (byte) update);
                registers.endUpdate();
            }
        });
        byte[] copy = new byte[VgaStateLayout.SIZE];
        byte[] uniform = new byte[VgaStateLayout.SIZE];

        boolean running;
        do {
            running = writer.isAlive();
            int sequence = registers.copyTo(copy);
            if ((sequence & 1) == 0) {
                Arrays.fill(uniform, (byte) (sequence / 2));
                assertThat(Arrays.equals(copy, uniform)).isTrue();
            }
        } while (running);

        writer.join();
        assertThat(registers.copyTo(copy)).isEqualTo(2 * UPDATES);
    }

    @Test
    void copy_whileAnUpdateDoesNotEnd_isGivenUp() {
        registers.beginUpdate();

        assertThat(registers.copyTo(new byte[VgaStateLayout.SIZE]) & 1).isOne();
    }
}
