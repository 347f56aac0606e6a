// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import java.time.Duration;
import java.util.Objects;

/**
 * Limits of one RFB session.
 *
 * @param handshakeTimeout time from the first byte to the client's initialisation message
 * @param idleTimeout a session without key or pointer for this long is closed; zero for never
 * @param stallTimeout a client that takes nothing for this long is closed
 * @param clipboardMaximum bytes of text taken from a client's clipboard, at most
 * @param typesClipboard whether text from the client's clipboard is typed. Only for clients that send it when a person asks for it
 * @param typingInterval time between two key events of typed text
 * @param keyboardLayout what clients that send symbols rather than key numbers are taken to mean: {@code us}, {@code de}, {@code fr}
 *     or {@code jp}
 */
public record RfbSessionConfig(
        Duration handshakeTimeout,
        Duration idleTimeout,
        Duration stallTimeout,
        int clipboardMaximum,
        boolean typesClipboard,
        Duration typingInterval,
        String keyboardLayout) {
    public RfbSessionConfig {
        Objects.requireNonNull(keyboardLayout, "keyboardLayout");
        if (!handshakeTimeout.isPositive() || !stallTimeout.isPositive() || !typingInterval.isPositive()) {
            throw new IllegalArgumentException("durations must be positive");
        }
        if (idleTimeout.isNegative()) {
            throw new IllegalArgumentException("idleTimeout must not be negative");
        }
        if (clipboardMaximum < 0 || clipboardMaximum > 1 << 20) {
            throw new IllegalArgumentException("clipboardMaximum must be from 0 to 1 MiB");
        }
    }

    /** 30 s for the handshake, never idle, 60 s of stall, 4 KiB of clipboard that is not typed, 10 ms a key event, US keyboard. */
    public static RfbSessionConfig defaults() {
        return new RfbSessionConfig(
                Duration.ofSeconds(30),
                Duration.ZERO,
                Duration.ofSeconds(60),
                4 << 10,
                false,
                Duration.ofMillis(10),
                "us");
    }

    /** The same, with text from the clipboard typed or not. */
    public RfbSessionConfig withTypesClipboard(boolean types) {
        return new RfbSessionConfig(
                handshakeTimeout, idleTimeout, stallTimeout, clipboardMaximum, types, typingInterval, keyboardLayout);
    }

    /** The same, for a machine with another keyboard layout. */
    public RfbSessionConfig withKeyboardLayout(String layout) {
        return new RfbSessionConfig(
                handshakeTimeout, idleTimeout, stallTimeout, clipboardMaximum, typesClipboard, typingInterval, layout);
    }
}
