// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.appliance.problem.ApplianceException;
import dev.umbra.remoteconsole.access.ConsoleGrant;
import dev.umbra.remoteconsole.serial.SerialConsoleException;
import dev.umbra.remoteconsole.serial.SerialRole;
import dev.umbra.remoteconsole.websocket.WebSocketClient;
import dev.umbra.remoteconsole.websocket.WebSocketSerialChannel;
import dev.umbra.remoteconsole.websocket.WebSocketSerialConfig;
import dev.umbra.remoteconsole.websocket.WebSocketSerialRequest;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PingMessage;
import org.springframework.web.socket.PongMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.adapter.NativeWebSocketSession;
import org.springframework.web.socket.handler.AbstractWebSocketHandler;

/** Hands a WebSocket on to the console. All that is known of consoles here is which one to open. */
final class ConsoleSocketHandler extends AbstractWebSocketHandler {
    private static final String CHANNEL = "umbra.channel";
    private static final String SEND_TIMEOUT = "org.apache.tomcat.websocket.BLOCKING_SEND_TIMEOUT";
    /** Longer than the console's own patience with a writer, which is what should decide. */
    private static final Duration LONGEST_SEND = Duration.ofMinutes(1);

    private final ConsoleDoor door;
    private final WebSocketSerialConfig config = WebSocketSerialConfig.defaults();

    ConsoleSocketHandler(ConsoleDoor door) {
        this.door = door;
    }

    @Override
    public void afterConnectionEstablished(WebSocketSession session) throws IOException {
        ConsoleTickets.Claim claim =
                (ConsoleTickets.Claim) session.getAttributes().get(ConsoleHandshake.CLAIM);
        WebSocketSerialRequest request =
                (WebSocketSerialRequest) session.getAttributes().get(ConsoleHandshake.REQUEST);
        String origin = "browser at " + session.getAttributes().get(ConsoleHandshake.ADDRESS);
        session.setBinaryMessageSizeLimit(config.inputMessageMaximum());
        session.setTextMessageSizeLimit(WebSocketSerialConfig.CONTROL_MESSAGE_MAXIMUM);
        if (session instanceof NativeWebSocketSession wrapper) {
            wrapper.getNativeSession(Session.class).getUserProperties().put(SEND_TIMEOUT, LONGEST_SEND.toMillis());
        }
        try {
            ConsoleGrant grant = door.grant(claim.account(), claim.vm(), claim.role() == SerialRole.WRITER);
            WebSocketSerialChannel channel =
                    WebSocketSerialChannel.open(grant, request, origin, config, new Client(session));
            session.getAttributes().put(CHANNEL, channel);
        } catch (ApplianceException refused) {
            session.close(new CloseStatus(
                    WebSocketSerialChannel.CONSOLE_CLOSED, refused.problem().code()));
        } catch (SerialConsoleException refused) {
            session.close(
                    CloseStatus.SERVICE_OVERLOAD.withReason(refused.reason().name()));
        }
    }

    @Override
    protected void handleBinaryMessage(WebSocketSession session, BinaryMessage message) throws Exception {
        WebSocketSerialChannel channel = channel(session);
        if (channel != null) {
            channel.receiveBinary(message.getPayload());
        }
    }

    @Override
    protected void handleTextMessage(WebSocketSession session, TextMessage message) throws Exception {
        WebSocketSerialChannel channel = channel(session);
        if (channel != null) {
            channel.receiveText(message.getPayload());
        }
    }

    @Override
    protected void handlePongMessage(WebSocketSession session, PongMessage message) {
        WebSocketSerialChannel channel = channel(session);
        if (channel != null) {
            channel.receivePong();
        }
    }

    @Override
    public void afterConnectionClosed(WebSocketSession session, CloseStatus status) {
        WebSocketSerialChannel channel = channel(session);
        if (channel != null) {
            channel.close();
        }
    }

    private static WebSocketSerialChannel channel(WebSocketSession session) {
        return (WebSocketSerialChannel) session.getAttributes().get(CHANNEL);
    }

    private record Client(WebSocketSession session) implements WebSocketClient {
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
}
