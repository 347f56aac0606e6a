// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.appliance.problem.ApplianceException;
import dev.umbra.remoteconsole.rfb.RfbGrant;
import dev.umbra.remoteconsole.rfb.RfbSessionConfig;
import dev.umbra.remoteconsole.rfb.RfbSessionCounters;
import dev.umbra.remoteconsole.websocket.WebSocketRfbChannel;
import dev.umbra.remoteconsole.websocket.WebSocketSerialChannel;
import dev.umbra.remoteconsole.websocket.WebSocketSerialConfig;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PongMessage;
import org.springframework.web.socket.SubProtocolCapable;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.handler.AbstractWebSocketHandler;

/** Hands a WebSocket on to the graphical console. The subprotocol is the one VNC clients in browsers may name. */
final class DisplaySocketHandler extends AbstractWebSocketHandler implements SubProtocolCapable {
    private static final String CHANNEL = "umbra.channel";
    private static final List<String> SUB_PROTOCOLS = List.of("binary");

    private final DisplayDoor door;
    private final RfbSessionCounters counters;
    private final WebSocketSerialConfig limits = WebSocketSerialConfig.defaults();
    private final RfbSessionConfig config = RfbSessionConfig.defaults().withTypesClipboard(true);

    DisplaySocketHandler(DisplayDoor door, RfbSessionCounters counters) {
        this.door = door;
        this.counters = counters;
    }

    @Override
    public List<String> getSubProtocols() {
        return SUB_PROTOCOLS;
    }

    @Override
    public void afterConnectionEstablished(WebSocketSession session) throws IOException {
        ConsoleTickets.Claim claim =
                (ConsoleTickets.Claim) session.getAttributes().get(ConsoleHandshake.CLAIM);
        DisplayRequest request = (DisplayRequest) session.getAttributes().get(ConsoleHandshake.REQUEST);
        String origin = "browser at " + session.getAttributes().get(ConsoleHandshake.ADDRESS);
        session.setBinaryMessageSizeLimit(limits.inputMessageMaximum());
        session.setTextMessageSizeLimit(WebSocketSerialConfig.CONTROL_MESSAGE_MAXIMUM);
        SocketClient.setPatience(session);
        try {
            RfbGrant grant = door.grant(claim.account(), claim.vm(), claim.role() == ConsoleRole.WRITER);
            WebSocketRfbChannel channel = WebSocketRfbChannel.open(
                    grant,
                    request.role(),
                    origin,
                    config.withKeyboardLayout(request.layout()),
                    counters,
                    limits,
                    new SocketClient(session));
            session.getAttributes().put(CHANNEL, channel);
        } catch (ApplianceException refused) {
            session.close(new CloseStatus(
                    WebSocketSerialChannel.CONSOLE_CLOSED, refused.problem().code()));
        }
    }

    @Override
    protected void handleBinaryMessage(WebSocketSession session, BinaryMessage message) {
        withChannel(session, channel -> channel.receiveBinary(message.getPayload()));
    }

    @Override
    protected void handleTextMessage(WebSocketSession session, TextMessage message) {
        withChannel(session, channel -> channel.receiveText(message.getPayload()));
    }

    @Override
    protected void handlePongMessage(WebSocketSession session, PongMessage message) {
        withChannel(session, WebSocketRfbChannel::receivePong);
    }

    @Override
    public void afterConnectionClosed(WebSocketSession session, CloseStatus status) {
        withChannel(session, WebSocketRfbChannel::close);
    }

    private static void withChannel(WebSocketSession session, Consumer<WebSocketRfbChannel> action) {
        if (session.getAttributes().get(CHANNEL) instanceof WebSocketRfbChannel channel) {
            action.accept(channel);
        }
    }
}
