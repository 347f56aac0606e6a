// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.testbed;

import java.time.Duration;

/** Sleeping in tests and benches, which nobody interrupts but to end them. */
public final class Pause {
    private Pause() {}

    /** @throws IllegalStateException if the thread is interrupted, which it stays */
    public static void of(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}
