// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.websocket;

import dev.umbra.remoteconsole.graphical.GraphicalRole;
import dev.umbra.remoteconsole.graphical.GraphicalSession;
import dev.umbra.remoteconsole.rfb.RfbGrant;
import dev.umbra.remoteconsole.rfb.RfbSession;
import dev.umbra.remoteconsole.rfb.RfbSessionConfig;
import dev.umbra.remoteconsole.rfb.RfbSessionCounters;
import dev.umbra.remoteconsole.rfb.RfbTransport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One WebSocket at a graphical console. Binary messages carry RFB both ways, however they are cut, as noVNC and websockify do; the
 * one text message understood asks to take keyboard and pointer over. Sending blocks while the client is slow, which is the
 * session's back-pressure: only the session's own thread sends.
 */
public final class WebSocketRfbChannel implements AutoCloseable {
    private static final int POLICY_VIOLATION = 1008;
    private static final int MESSAGE_TOO_BIG = 1009;
    private static final Logger logger = LoggerFactory.getLogger(WebSocketRfbChannel.class);

    private final WebSocketClient client;
    private final ReentrantLock sending = new ReentrantLock();
    private final int inputMessageMaximum;
    private final RfbSession session;
    private volatile boolean ended;

    private WebSocketRfbChannel(
            RfbGrant grant,
            GraphicalRole role,
            String origin,
            RfbSessionConfig config,
            RfbSessionCounters counters,
            int inputMessageMaximum,
            WebSocketClient client) {
        this.client = client;
        this.inputMessageMaximum = inputMessageMaximum;
        session = RfbSession.preAuthenticated(grant, role, origin, config, counters, new Transport());
    }

    /**
     * Begins a session for a client that a ticket has let in; the security type is None.
     *
     * @param role the role to start in if the grant permits
     * @param origin where it comes from, in words shown to other sessions, such as {@code browser at 192.0.2.7}
     */
    public static WebSocketRfbChannel open(
            RfbGrant grant,
            GraphicalRole role,
            String origin,
            RfbSessionConfig config,
            RfbSessionCounters counters,
            WebSocketSerialConfig limits,
            WebSocketClient client) {
        WebSocketRfbChannel channel =
                new WebSocketRfbChannel(grant, role, origin, config, counters, limits.inputMessageMaximum(), client);
        channel.session.begin();
        return channel;
    }

    /** A binary message came. */
    public void receiveBinary(ByteBuffer message) {
        if (message.remaining() > inputMessageMaximum) {
            end(MESSAGE_TOO_BIG, "binary message too long");
            return;
        }
        session.receive(Unpooled.wrappedBuffer(message));
    }

    /** A text message came. */
    public void receiveText(String message) {
        try {
            if (ClientMessage.parse(message) instanceof ClientMessage.TakeOver) {
                takeOver();
            }
        } catch (ClientMessage.MalformedException malformed) {
            end(POLICY_VIOLATION, "malformed control message");
        }
    }

    /** Takes keyboard and pointer over; false when the session may not. */
    public boolean takeOver() {
        GraphicalSession graphical = session.graphical();
        return graphical != null && graphical.takeOver();
    }

    /** The connection is gone, or is to go. */
    @Override
    public void close() {
        ended = true;
        session.close();
    }

    private void end(int code, String reason) {
        if (!ended) {
            ended = true;
            session.close();
            closeClient(code, reason);
        }
    }

    private void closeClient(int code, String reason) {
        sending.lock();
        try {
            client.close(code, reason);
        } catch (IOException gone) {
            logger.debug("the client is gone", gone);
        } finally {
            sending.unlock();
        }
    }

    private final class Transport implements RfbTransport {
        @Override
        public void send(ByteBuf bytes) {
            sending.lock();
            try {
                if (!ended) {
                    client.sendBinary(bytes.nioBuffer());
                }
            } catch (IOException gone) {
                ended = true;
                session.close();
            } finally {
                bytes.release();
                sending.unlock();
            }
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void close() {
            end(WebSocketSerialChannel.CONSOLE_CLOSED, "the console is closed");
        }
    }
}
