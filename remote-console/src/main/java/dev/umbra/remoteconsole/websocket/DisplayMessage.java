// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.websocket;

import dev.umbra.remoteconsole.graphical.GraphicalRole;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/** A control message to the client of a graphical console, beside the RFB bytes and in no order with them. */
sealed interface DisplayMessage {
    /** The RFB handshake is over. */
    record Hello(String vm, GraphicalRole role, boolean mayWrite) implements DisplayMessage {}

    /** The client's role is another now; {@code by} is who took over, empty when nobody did. */
    record Role(GraphicalRole role, String by) implements DisplayMessage {}

    /** Lights of the machine's keyboard: bit 0 scroll lock, 1 num lock, 2 caps lock. */
    record Leds(int leds) implements DisplayMessage {}

    /** Nothing of a text was typed, since the layout has no key for these characters. */
    record NotTyped(String characters) implements DisplayMessage {}

    /** Answers a ping. */
    record Pong(long id) implements DisplayMessage {}

    default String toJson() {
        ObjectNode json = ControlJson.MAPPER.createObjectNode();
        switch (this) {
            case Hello hello ->
                json.put("type", "hello")
                        .put("vm", hello.vm)
                        .put("role", name(hello.role))
                        .put("mayWrite", hello.mayWrite);
            case Role change ->
                json.put("type", "role").put("role", name(change.role)).put("by", change.by);
            case Leds lights -> json.put("type", "leds").put("leds", lights.leds);
            case NotTyped text -> json.put("type", "notTyped").put("characters", text.characters);
            case Pong pong -> json.put("type", "pong").put("id", pong.id);
        }
        return json.toString();
    }

    private static String name(GraphicalRole role) {
        return role.name().toLowerCase(Locale.ROOT);
    }
}
