// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.remoteconsole.websocket.WebSocketClient;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PingMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.adapter.NativeWebSocketSession;

/** The far end of a WebSocket, for consoles. */
record SocketClient(WebSocketSession session) implements WebSocketClient {
    private static final String SEND_TIMEOUT = "org.apache.tomcat.websocket.BLOCKING_SEND_TIMEOUT";
    /** Longer than a console's own patience with a client, which is what should decide. */
    private static final Duration LONGEST_SEND = Duration.ofMinutes(1);

    static void setPatience(WebSocketSession session) {
        if (session instanceof NativeWebSocketSession wrapper) {
            wrapper.getNativeSession(Session.class).getUserProperties().put(SEND_TIMEOUT, LONGEST_SEND.toMillis());
        }
    }

    @Override
    public void sendBinary(ByteBuffer bytes) throws IOException {
        send(new BinaryMessage(bytes));
    }

    @Override
    public void sendText(String text) throws IOException {
        send(new TextMessage(text));
    }

    @Override
    public void sendPing() throws IOException {
        send(new PingMessage());
    }

    @Override
    public void close(int code, String reason) throws IOException {
        session.close(new CloseStatus(code, reason));
    }

    private void send(WebSocketMessage<?> message) throws IOException {
        try {
            session.sendMessage(message);
        } catch (IllegalStateException closed) {
            throw new IOException("the connection is closed", closed);
        }
    }
}
