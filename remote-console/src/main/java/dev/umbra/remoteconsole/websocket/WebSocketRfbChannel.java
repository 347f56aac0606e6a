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
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One WebSocket at a graphical console. Binary messages carry RFB both ways, however they are cut, as noVNC and websockify do; text
 * messages carry what RFB has no word for: who types, taking over, lights, and a ping that a page can measure.
 *
 * <p>Sending pixels blocks while the client is slow, which is the session's back-pressure: only the session's own thread does it.
 * Text is sent by another thread of the channel's own, so that neither the receiving thread nor whoever takes over ever waits for a
 * slow client. It keeps no queue: of several changes of the role or the lights, texts that cannot be typed, or pings, the latest is
 * told.
 */
public final class WebSocketRfbChannel implements AutoCloseable {
    private static final int POLICY_VIOLATION = 1008;
    private static final int MESSAGE_TOO_BIG = 1009;
    private static final int SILENT_INTERVALS = 3;
    private static final int NO_LEDS = 0;
    private static final Logger logger = LoggerFactory.getLogger(WebSocketRfbChannel.class);

    private final WebSocketClient client;
    private final String vmName;
    private final ReentrantLock sending = new ReentrantLock();
    private final int inputMessageMaximum;
    private final long pingNanos;
    private final RfbSession session;
    private final Thread teller;
    private final AtomicReference<Long> pingToAnswer = new AtomicReference<>();
    private final AtomicReference<String> notTyped = new AtomicReference<>();
    private volatile GraphicalSession greeted;
    private volatile long lastHeard = System.nanoTime();
    private volatile boolean ended;

    private WebSocketRfbChannel(
            RfbGrant grant,
            GraphicalRole role,
            String origin,
            RfbSessionConfig config,
            RfbSessionCounters counters,
            WebSocketSerialConfig limits,
            WebSocketClient client) {
        this.client = client;
        vmName = grant.vmName();
        inputMessageMaximum = limits.inputMessageMaximum();
        pingNanos = limits.pingInterval().toNanos();
        session = RfbSession.preAuthenticated(grant, role, origin, config, counters, new Transport());
        teller = Thread.ofVirtual().name("rfb-control-" + vmName).unstarted(this::tell);
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
        WebSocketRfbChannel channel = new WebSocketRfbChannel(grant, role, origin, config, counters, limits, client);
        channel.teller.start();
        channel.session.begin();
        return channel;
    }

    /** A binary message came. */
    public void receiveBinary(ByteBuffer message) {
        lastHeard = System.nanoTime();
        if (message.remaining() > inputMessageMaximum) {
            end(MESSAGE_TOO_BIG, "binary message too long");
            return;
        }
        session.receive(Unpooled.wrappedBuffer(message));
        GraphicalSession graphical = session.graphical();
        if (greeted == null && graphical != null) {
            graphical.observe(() -> LockSupport.unpark(teller));
            greeted = graphical;
            LockSupport.unpark(teller);
        }
    }

    /** A text message came. */
    public void receiveText(String message) {
        lastHeard = System.nanoTime();
        try {
            switch (ClientMessage.parse(message)) {
                case ClientMessage.TakeOver() -> takeOver();
                case ClientMessage.Ping(long id) -> {
                    pingToAnswer.set(id);
                    LockSupport.unpark(teller);
                }
                case ClientMessage.Break() -> end(POLICY_VIOLATION, "no serial line here");
            }
        } catch (ClientMessage.MalformedException malformed) {
            end(POLICY_VIOLATION, "malformed control message");
        }
    }

    /** A pong frame came. */
    public void receivePong() {
        lastHeard = System.nanoTime();
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
        LockSupport.unpark(teller);
    }

    private void end(int code, String reason) {
        if (!ended) {
            close();
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

    // ------------------------------------------------------------------ own thread of the control messages

    private void tell() {
        long lastPing = System.nanoTime();
        GraphicalRole toldRole = null;
        int toldLeds = NO_LEDS;
        try {
            while (!ended) {
                toldRole = tellRole(toldRole);
                toldLeds = tellLeds(toldLeds);
                Long ping = pingToAnswer.getAndSet(null);
                if (ping != null) {
                    send(new DisplayMessage.Pong(ping));
                }
                String missing = notTyped.getAndSet(null);
                if (missing != null) {
                    send(new DisplayMessage.NotTyped(missing));
                }
                long now = System.nanoTime();
                if (now - lastHeard > SILENT_INTERVALS * pingNanos) {
                    end(WebSocketSerialChannel.CLIENT_SILENT, "the client is silent");
                } else if (now - lastPing >= pingNanos) {
                    lastPing = now;
                    sendPing();
                }
                LockSupport.parkNanos(this, pingNanos - (now - lastPing));
            }
        } catch (IOException gone) {
            close();
        }
    }

    /** Gives the role the client knows now. */
    private GraphicalRole tellRole(GraphicalRole told) throws IOException {
        GraphicalSession graphical = greeted;
        if (graphical == null) {
            return null;
        }
        GraphicalRole role = graphical.role();
        if (told == null) {
            send(new DisplayMessage.Hello(vmName, role, graphical.mayWrite()));
        }
        if (told != role && (told != null || !graphical.takenOverBy().isEmpty())) {
            send(new DisplayMessage.Role(role, graphical.takenOverBy()));
        }
        return role;
    }

    /** Gives the lights the client knows now; those it knows first are all off. */
    private int tellLeds(int told) throws IOException {
        GraphicalSession graphical = greeted;
        int leds = graphical == null ? told : graphical.leds();
        if (leds != told) {
            send(new DisplayMessage.Leds(leds));
        }
        return leds;
    }

    private void send(DisplayMessage message) throws IOException {
        sending.lock();
        try {
            if (!ended) {
                client.sendText(message.toJson());
            }
        } finally {
            sending.unlock();
        }
    }

    private void sendPing() throws IOException {
        sending.lock();
        try {
            if (!ended) {
                client.sendPing();
            }
        } finally {
            sending.unlock();
        }
    }

    private final class Transport implements RfbTransport {
        @Override
        public void send(ByteBuf bytes) {
            boolean gone = false;
            sending.lock();
            try {
                if (!ended) {
                    client.sendBinary(bytes.nioBuffer());
                }
            } catch (IOException closed) {
                gone = true;
            } finally {
                bytes.release();
                sending.unlock();
            }
            if (gone) {
                WebSocketRfbChannel.this.close();
            }
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void notTyped(String characters) {
            notTyped.set(characters);
            LockSupport.unpark(teller);
        }

        @Override
        public void close() {
            end(WebSocketSerialChannel.CONSOLE_CLOSED, "the console is closed");
        }
    }
}
