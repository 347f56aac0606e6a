// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.graphical.Frame;
import dev.umbra.remoteconsole.graphical.GraphicalAttachment;
import dev.umbra.remoteconsole.graphical.GraphicalConsoleException;
import dev.umbra.remoteconsole.graphical.GraphicalRole;
import dev.umbra.remoteconsole.graphical.GraphicalSession;
import dev.umbra.remoteconsole.rfb.encoding.PixelFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One RFB client, whatever carries its bytes. The transport gives what it receives to {@link #receive} and is given what to send; a
 * client's bytes are hostile until they are parsed, and any that are not of the protocol end the session.
 *
 * <p>Receiving belongs to the transport's thread and never waits. Sending belongs to {@link RfbUpdater}'s thread once the handshake
 * is over, and to the receiving thread before.
 */
public final class RfbSession implements AutoCloseable {
    private static final int HANDSHAKE_MAXIMUM = 4 << 10;
    private static final Logger logger = LoggerFactory.getLogger(RfbSession.class);

    private final RfbSessionConfig config;
    private final RfbTransport transport;
    private final RfbSessionCounters counters;
    private final String origin;
    private final GraphicalRole role;
    private final RfbHandshake handshake;
    private final ReentrantLock receiving = new ReentrantLock();
    private final ByteBuf inbound;
    private RfbStep step = RfbStep.WAIT;
    private ClientMessages messages;
    private volatile RfbUpdater updater;
    private volatile GraphicalSession graphical;
    private volatile Thread deadline;
    private volatile boolean ended;

    /**
     * @param origin where the client comes from, in words shown to other sessions
     * @param role the role it starts in if its grant permits
     */
    RfbSession(
            RfbSessionConfig config,
            RfbTransport transport,
            RfbSessionCounters counters,
            RfbSecurity security,
            String origin,
            GraphicalRole role) {
        this.config = Objects.requireNonNull(config);
        this.transport = Objects.requireNonNull(transport);
        this.counters = Objects.requireNonNull(counters);
        this.origin = Objects.requireNonNull(origin);
        this.role = Objects.requireNonNull(role);
        handshake = new RfbHandshake(transport, security, this);
        inbound = Unpooled.buffer(256, Integer.MAX_VALUE);
    }

    /** A session for a client whose transport knows already who it is. */
    public static RfbSession preAuthenticated(
            RfbGrant grant,
            GraphicalRole role,
            String origin,
            RfbSessionConfig config,
            RfbSessionCounters counters,
            RfbTransport transport) {
        return new RfbSession(config, transport, counters, new NoSecurity(grant), origin, role);
    }

    /** Sends the first message. */
    public void begin() {
        receiving.lock();
        try {
            step = handshake.begin();
        } finally {
            receiving.unlock();
        }
        deadline = Thread.ofVirtual().name("rfb-handshake-deadline").start(this::awaitStart);
    }

    /** Bytes came. They are consumed; the buffer stays the caller's. */
    public void receive(ByteBuf bytes) {
        receiving.lock();
        try {
            if (ended) {
                bytes.skipBytes(bytes.readableBytes());
                return;
            }
            while (bytes.isReadable() && !ended) {
                int limit = messages == null ? HANDSHAKE_MAXIMUM : messages.messageMaximum();
                int count = Math.min(bytes.readableBytes(), limit - inbound.readableBytes());
                if (count <= 0) {
                    throw new RfbProtocolException("message too long");
                }
                inbound.writeBytes(bytes, count);
                pump();
            }
        } catch (RfbProtocolException violation) {
            violated(violation);
        } finally {
            receiving.unlock();
        }
    }

    /** The transport has room again. */
    public void becameWritable() {
        RfbUpdater present = updater;
        if (present != null) {
            present.wake();
        }
    }

    /** The session at the console; null until the handshake is over. */
    public GraphicalSession graphical() {
        return graphical;
    }

    /** The connection is gone, or is to go. */
    @Override
    public void close() {
        receiving.lock();
        try {
            finish();
        } finally {
            receiving.unlock();
        }
    }

    // ------------------------------------------------------------------ for the handshake

    /** Goes on after {@link RfbStep#WAIT}. */
    void proceed(Supplier<RfbStep> next) {
        receiving.lock();
        try {
            if (!ended) {
                step = next.get();
                pump();
            }
        } catch (RfbProtocolException violation) {
            violated(violation);
        } finally {
            receiving.unlock();
        }
    }

    void loginFailed() {
        counters.loginsFailed.increment();
        logger.info("login failed, {}", origin);
        finish();
    }

    RfbStep start(RfbGrant grant) {
        GraphicalRole first = grant.mayWrite() ? role : GraphicalRole.VIEWER;
        DesktopExtras extras = new DesktopExtras(grant.vmName());
        RfbUpdater starting = new RfbUpdater(transport, config, counters, extras);
        try {
            graphical = grant.console().attach(new GraphicalAttachment(origin, grant.mayWrite(), first), starting);
        } catch (GraphicalConsoleException refused) {
            logger.info("session refused: {}", refused.getMessage());
            finish();
            return RfbStep.WAIT;
        }
        Frame frame = starting.open(graphical);
        String name = extras.nameFor(graphical);
        extras.started(name);
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        ByteBuf initialisation = Unpooled.buffer();
        initialisation.writeShort(frame.width()).writeShort(frame.height());
        PixelFormat.NATIVE.write(initialisation);
        initialisation.writeInt(nameBytes.length).writeBytes(nameBytes);
        transport.send(initialisation);
        counters.sessions.increment();
        messages = new ClientMessages(config, counters, graphical, starting, grant.power(), transport);
        updater = starting;
        starting.start(grant.vmName());
        Thread waiting = deadline;
        if (waiting != null) {
            waiting.interrupt();
        }
        return messages;
    }

    private void pump() throws RfbProtocolException {
        while (!ended) {
            RfbStep next = step.read(inbound);
            if (next == null) {
                break;
            }
            step = next;
        }
        inbound.discardReadBytes();
    }

    private void violated(RfbProtocolException violation) {
        counters.protocolErrors.increment();
        logger.debug("session ended: {}, {}", violation.getMessage(), origin);
        finish();
    }

    private void finish() {
        if (ended) {
            return;
        }
        ended = true;
        inbound.clear();
        Thread waiting = deadline;
        if (waiting != null) {
            waiting.interrupt();
        }
        if (messages != null) {
            messages.close();
        }
        if (updater == null) {
            transport.close();
        } else {
            graphical.close();
            updater.stop();
        }
    }

    private void awaitStart() {
        try {
            Thread.sleep(config.handshakeTimeout());
        } catch (InterruptedException decided) {
            return;
        }
        if (updater == null && !ended) {
            counters.timeouts.increment();
            close();
        }
    }
}
