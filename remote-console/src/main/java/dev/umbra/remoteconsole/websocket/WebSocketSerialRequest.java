// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.websocket;

import dev.umbra.remoteconsole.serial.SerialRole;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the client asked for in the query of its address.
 *
 * @param since offset to continue at; empty for all of the scroll-back
 * @param stream the stream that offset belongs to; empty when the client does not say
 * @param role the role to start in
 */
public record WebSocketSerialRequest(OptionalLong since, Optional<String> stream, SerialRole role) {
    public WebSocketSerialRequest {
        Objects.requireNonNull(since, "since");
        Objects.requireNonNull(stream, "stream");
        Objects.requireNonNull(role, "role");
    }

    /**
     * Reads {@code since}, {@code stream} and {@code role} ({@code writer}, the default, or {@code viewer}); other parameters are not
     * looked at.
     *
     * @throws IllegalArgumentException when one of them makes no sense
     */
    public static WebSocketSerialRequest of(Map<String, String> query) {
        return new WebSocketSerialRequest(
                since(query.get("since")), Optional.ofNullable(query.get("stream")), role(query.get("role")));
    }

    private static OptionalLong since(String value) {
        if (value == null) {
            return OptionalLong.empty();
        }
        if (!value.matches("[0-9]{1,18}")) {
            throw new IllegalArgumentException("since is not an offset");
        }
        return OptionalLong.of(Long.parseLong(value));
    }

    private static SerialRole role(String value) {
        return switch (value) {
            case null -> SerialRole.WRITER;
            case "writer" -> SerialRole.WRITER;
            case "viewer" -> SerialRole.VIEWER;
            default -> throw new IllegalArgumentException("unknown role");
        };
    }
}
