// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.websocket;

import dev.umbra.remoteconsole.serial.SerialRole;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/** A control message to the client, out of band of the tenant's bytes but in order with them. */
sealed interface ServerMessage {
    /**
     * The first message. The next binary message begins at {@code offset} of {@code stream}; what comes before {@code head} is of the
     * past.
     */
    record Hello(String vm, SerialRole role, boolean mayWrite, String stream, long offset, long head, int ringSize)
            implements ServerMessage {}

    /** The client's role is another now, because of {@code by}. */
    record Role(SerialRole role, String by) implements ServerMessage {}

    /** Bytes from {@code offset} on are left out; the next binary message begins at {@code offset + length}. */
    record Lost(long offset, long length) implements ServerMessage {}

    /** Something for a person to read. */
    record Notice(NoticeCode code) implements ServerMessage {}

    /** Answers a ping. */
    record Pong(long id) implements ServerMessage {}

    /** What a notice is about; clients word it. */
    enum NoticeCode {
        /** The output is no longer held back for this client. */
        BACK_PRESSURE_LOST("backPressureLost"),
        /** Input was dropped: the virtual machine does not read. */
        INPUT_DROPPED("inputDropped"),
        /** Input was dropped: this client is a viewer. */
        READ_ONLY("readOnly");

        private final String code;

        NoticeCode(String code) {
            this.code = code;
        }
    }

    default String toJson() {
        ObjectNode json = ControlJson.MAPPER.createObjectNode();
        switch (this) {
            case Hello hello ->
                json.put("type", "hello")
                        .put("vm", hello.vm)
                        .put("role", name(hello.role))
                        .put("mayWrite", hello.mayWrite)
                        .put("stream", hello.stream)
                        .put("offset", hello.offset)
                        .put("head", hello.head)
                        .put("ringSize", hello.ringSize);
            case Role change ->
                json.put("type", "role").put("role", name(change.role)).put("by", change.by);
            case Lost lost ->
                json.put("type", "lost").put("offset", lost.offset).put("length", lost.length);
            case Notice notice -> json.put("type", "notice").put("code", notice.code.code);
            case Pong pong -> json.put("type", "pong").put("id", pong.id);
        }
        return json.toString();
    }

    private static String name(SerialRole role) {
        return role.name().toLowerCase(Locale.ROOT);
    }
}
