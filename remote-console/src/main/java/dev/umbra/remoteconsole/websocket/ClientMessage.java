// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.websocket;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** A control message of the client: a small JSON object, its kind in {@code type}. Hostile until read. */
sealed interface ClientMessage {
    /** {@code {"type":"takeOver"}}: become the writer. */
    record TakeOver() implements ClientMessage {}

    /** {@code {"type":"break"}}: send a serial break. */
    record Break() implements ClientMessage {}

    /** {@code {"type":"ping","id":7}}: answered with a pong of the same id. */
    record Ping(long id) implements ClientMessage {}

    /** Not a message of the protocol. */
    final class MalformedException extends Exception {
        MalformedException(String detail) {
            super(detail);
        }
    }

    static ClientMessage parse(String text) throws MalformedException {
        JsonNode message = tree(text);
        if (!message.isObject() || !message.path("type").isString()) {
            throw new MalformedException("not an object with a type");
        }
        return switch (message.path("type").stringValue()) {
            case "takeOver" -> new TakeOver();
            case "break" -> new Break();
            case "ping" -> new Ping(id(message.path("id")));
            default -> throw new MalformedException("unknown type");
        };
    }

    private static JsonNode tree(String text) throws MalformedException {
        if (text.length() > WebSocketSerialConfig.CONTROL_MESSAGE_MAXIMUM) {
            throw new MalformedException("too long");
        }
        try {
            return ControlJson.MAPPER.readTree(text);
        } catch (JacksonException malformed) {
            throw new MalformedException("not JSON");
        }
    }

    private static long id(JsonNode id) throws MalformedException {
        if (!id.isIntegralNumber() || !id.canConvertToLong()) {
            throw new MalformedException("no id");
        }
        return id.longValue();
    }
}
