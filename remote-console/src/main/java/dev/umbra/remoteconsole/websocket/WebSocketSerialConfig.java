// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.websocket;

import java.time.Duration;

/**
 * Limits of the WebSocket door.
 *
 * @param pingInterval time between pings; a client silent for three intervals is gone
 * @param inputPatience input is dropped when the tenant has read none of it for this long
 * @param outputMessageMaximum bytes in a binary message to the client, at most
 * @param inputMessageMaximum bytes in a binary message from the client, at most
 */
public record WebSocketSerialConfig(
        Duration pingInterval, Duration inputPatience, int outputMessageMaximum, int inputMessageMaximum) {
    /** Characters in a text message from the client, at most. */
    public static final int CONTROL_MESSAGE_MAXIMUM = 1024;

    public WebSocketSerialConfig {
        if (!pingInterval.isPositive() || !inputPatience.isPositive()) {
            throw new IllegalArgumentException("durations must be positive");
        }
        if (outputMessageMaximum < 1 || inputMessageMaximum < 1) {
            throw new IllegalArgumentException("message sizes must be positive");
        }
    }

    /** Pings each 20 s, patience of 30 s, messages of 32 KiB out and 64 KiB in. */
    public static WebSocketSerialConfig defaults() {
        return new WebSocketSerialConfig(Duration.ofSeconds(20), Duration.ofSeconds(30), 32 << 10, 64 << 10);
    }
}
