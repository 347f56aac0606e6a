// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * How the relayed stream is reached and kept.
 *
 * @param socket unix socket of the stream
 * @param preambleInterval after which an unanswered preamble is sent again; doubles up to eight times itself, since an
 *     answer counts only if it belongs to the last preamble
 * @param firstPause before the second attempt to connect
 * @param longestPause between attempts to connect
 * @param probeAfter of silence, a question is sent
 * @param silenceLimit after which the connection is given up
 * @param outboundLimit bytes that may wait to be taken by the socket
 */
public record RelayedStreamConfiguration(
        Path socket,
        Duration preambleInterval,
        Duration firstPause,
        Duration longestPause,
        Duration probeAfter,
        Duration silenceLimit,
        int outboundLimit) {
    public RelayedStreamConfiguration {
        Objects.requireNonNull(socket, "socket");
        if (outboundLimit < RelayedStreamLink.BUFFER_SIZE) {
            throw new IllegalArgumentException("outboundLimit below " + RelayedStreamLink.BUFFER_SIZE);
        }
        if (silenceLimit.compareTo(probeAfter) <= 0) {
            throw new IllegalArgumentException("silenceLimit must be longer than probeAfter");
        }
    }

    public static RelayedStreamConfiguration defaults(Path socket) {
        return new RelayedStreamConfiguration(
                socket,
                Duration.ofMillis(500),
                Duration.ofMillis(250),
                Duration.ofSeconds(2),
                Duration.ofSeconds(2),
                Duration.ofSeconds(10),
                4 << 20);
    }
}
