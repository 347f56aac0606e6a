// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

import java.time.Duration;
import java.util.Objects;

/**
 * Sizes and limits of one serial console.
 *
 * @param scrollBack output kept for sessions that come later, in bytes; a power of two from 4 KiB to 64 MiB
 * @param inputQueue typed but not yet received characters, at most; a power of two from 256 to 1 Mi
 * @param writerPatience how long a writer may hold the tenant's output back without taking any of it
 * @param maximumSessions sessions attached at once, at most
 */
public record SerialConsoleConfig(int scrollBack, int inputQueue, Duration writerPatience, int maximumSessions) {
    public SerialConsoleConfig {
        Objects.requireNonNull(writerPatience, "writerPatience");
        requirePowerOfTwo("scrollBack", scrollBack, 4 << 10, 64 << 20);
        requirePowerOfTwo("inputQueue", inputQueue, 256, 1 << 20);
        if (!writerPatience.isPositive()) {
            throw new IllegalArgumentException("writerPatience must be positive");
        }
        if (maximumSessions < 1) {
            throw new IllegalArgumentException("maximumSessions must be positive");
        }
    }

    /** 1 MiB of scroll-back, 64 Ki characters of input, 30 s of patience, 32 sessions. */
    public static SerialConsoleConfig defaults() {
        return new SerialConsoleConfig(1 << 20, 64 << 10, Duration.ofSeconds(30), 32);
    }

    /** Size of the storage a console with this configuration works on, in bytes. */
    public long storageSize() {
        return StorageLayout.of(this).size();
    }

    private static void requirePowerOfTwo(String name, int value, int least, int most) {
        if (value < least || value > most || Integer.bitCount(value) != 1) {
            throw new IllegalArgumentException(name + " must be a power of two from " + least + " to " + most);
        }
    }
}
