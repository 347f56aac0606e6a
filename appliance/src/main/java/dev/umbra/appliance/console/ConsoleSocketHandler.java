// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.appliance.problem.ApplianceException;
import dev.umbra.remoteconsole.access.ConsoleGrant;
import dev.umbra.remoteconsole.serial.SerialConsoleException;
import dev.umbra.remoteconsole.websocket.WebSocketSerialChannel;
import dev.umbra.remoteconsole.websocket.WebSocketSerialConfig;
import dev.umbra.remoteconsole.websocket.WebSocketSerialRequest;
import java.io.IOException;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PongMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.handler.AbstractWebSocketHandler;

/** Hands a WebSocket on to the serial console. All that is known of consoles here is which one to open. */
final class ConsoleSocketHandler extends AbstractWebSocketHandler {
    private static final String CHANNEL = "umbra.channel";

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
        SocketClient.setPatience(session);
        try {
            ConsoleGrant grant = door.grant(claim.account(), claim.vm(), claim.role() == ConsoleRole.WRITER);
            WebSocketSerialChannel channel =
                    WebSocketSerialChannel.open(grant, request, origin, config, new SocketClient(session));
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
}
