// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.websocket;

import dev.umbra.remoteconsole.access.ConsoleGrant;
import dev.umbra.remoteconsole.serial.SerialAttachment;
import dev.umbra.remoteconsole.serial.SerialEvent;
import dev.umbra.remoteconsole.serial.SerialRole;
import dev.umbra.remoteconsole.serial.SerialSession;
import dev.umbra.remoteconsole.websocket.ServerMessage.NoticeCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One WebSocket at a console. Binary messages carry raw bytes both ways, however they are cut; text messages carry control as small
 * JSON objects. The server's library calls {@code receive...} one at a time, on a thread that may block: a tenant that reads slowly
 * slows the client's sending down that way.
 *
 * <p>The client counts the bytes it got, from the offset of the greeting on. After a lost connection it comes back with
 * {@code since} and {@code stream} and continues with the very next byte, as long as the ring has it; otherwise it is told how much
 * is lost. A {@code since} of another stream (the virtual machine was made anew) is ignored.
 */
public final class WebSocketSerialChannel implements AutoCloseable {
    /** Closing status: the console is gone. */
    public static final int CONSOLE_CLOSED = 4000;
    /** Closing status: the client has been silent for too long. */
    public static final int CLIENT_SILENT = 4001;

    private static final int POLICY_VIOLATION = 1008;
    private static final int MESSAGE_TOO_BIG = 1009;
    private static final int INTERVALS_OF_SILENCE = 3;

    private static final Logger logger = LoggerFactory.getLogger(WebSocketSerialChannel.class);

    private final WebSocketSerialConfig config;
    private final WebSocketClient client;
    private final SerialSession session;
    private final ReentrantLock sending = new ReentrantLock();
    private volatile long lastHeard = System.nanoTime();
    private volatile boolean receiving;
    private volatile boolean ended;

    private WebSocketSerialChannel(WebSocketSerialConfig config, WebSocketClient client, SerialSession session) {
        this.config = config;
        this.client = client;
        this.session = session;
    }

    /**
     * Attaches a client and starts sending to it.
     *
     * @param origin where it comes from, in words shown to other sessions, such as {@code browser at 192.0.2.7}
     * @throws dev.umbra.remoteconsole.serial.SerialConsoleException when the console takes no more sessions
     * @throws IOException when the client is gone already
     */
    public static WebSocketSerialChannel open(
            ConsoleGrant grant,
            WebSocketSerialRequest request,
            String origin,
            WebSocketSerialConfig config,
            WebSocketClient client)
            throws IOException {
        boolean sameStream =
                request.stream().isEmpty() || request.stream().get().equals(grant.console().stream());
        SerialSession session = grant.console()
                .attach(new SerialAttachment(
                        origin,
                        grant.mayWrite(),
                        grant.mayWrite() ? request.role() : SerialRole.VIEWER,
                        sameStream ? request.since() : OptionalLong.empty()));
        WebSocketSerialChannel channel =
                new WebSocketSerialChannel(Objects.requireNonNull(config), Objects.requireNonNull(client), session);
        channel.greet(grant);
        Thread.ofVirtual().name("websocket-console-" + grant.vmName()).start(channel::run);
        return channel;
    }

    /** A binary message came: something was typed. May block until the tenant reads. */
    public void receiveBinary(ByteBuffer message) throws IOException, InterruptedException {
        receiving = true;
        try {
            type(message);
        } finally {
            lastHeard = System.nanoTime();
            receiving = false;
        }
    }

    /** A text message came: control. May block likewise. */
    public void receiveText(String message) throws IOException, InterruptedException {
        receiving = true;
        try {
            obey(message);
        } finally {
            lastHeard = System.nanoTime();
            receiving = false;
        }
    }

    /** A pong frame came. */
    public void receivePong() {
        lastHeard = System.nanoTime();
    }

    /** The connection is gone, or is to go. */
    @Override
    public void close() {
        ended = true;
        session.close();
    }

    private void type(ByteBuffer message) throws IOException, InterruptedException {
        if (message.remaining() > config.inputMessageMaximum()) {
            end(MESSAGE_TOO_BIG, "binary message too long");
            return;
        }
        byte[] characters = new byte[message.remaining()];
        message.get(characters);
        int accepted = session.write(characters, 0, characters.length, config.inputPatience());
        if (accepted < characters.length) {
            send(new ServerMessage.Notice(
                    session.role() == SerialRole.WRITER ? NoticeCode.INPUT_DROPPED : NoticeCode.READ_ONLY));
        }
    }

    private void obey(String message) throws IOException, InterruptedException {
        try {
            switch (ClientMessage.parse(message)) {
                case ClientMessage.TakeOver takeOver -> takeOver();
                case ClientMessage.Break serialBreak -> sendBreak();
                case ClientMessage.Ping ping -> send(new ServerMessage.Pong(ping.id()));
            }
        } catch (ClientMessage.MalformedException malformed) {
            end(POLICY_VIOLATION, "malformed control message");
        }
    }

    private void greet(ConsoleGrant grant) throws IOException {
        try {
            send(new ServerMessage.Hello(
                    grant.vmName(),
                    session.role(),
                    session.mayWrite(),
                    grant.console().stream(),
                    session.position(),
                    grant.console().outputOffset(),
                    grant.console().config().scrollBack()));
        } catch (IOException gone) {
            session.close();
            throw gone;
        }
    }

    private void takeOver() throws IOException {
        if (!session.takeOver()) {
            send(new ServerMessage.Notice(NoticeCode.READ_ONLY));
        }
    }

    private void sendBreak() throws IOException, InterruptedException {
        if (!session.sendBreak(config.inputPatience())) {
            send(new ServerMessage.Notice(
                    session.role() == SerialRole.WRITER ? NoticeCode.INPUT_DROPPED : NoticeCode.READ_ONLY));
        }
    }

    private void run() {
        try (session) {
            pump();
        } catch (IOException gone) {
            logger.debug("the client is gone", gone);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void pump() throws IOException, InterruptedException {
        byte[] buffer = new byte[config.outputMessageMaximum()];
        long lastPing = System.nanoTime();
        while (!ended) {
            switch (session.next(buffer, config.pingInterval())) {
                case SerialEvent.Output piece -> send(ByteBuffer.wrap(buffer, 0, piece.length()));
                case SerialEvent.Skipped gap -> send(new ServerMessage.Lost(gap.offset(), gap.length()));
                case SerialEvent.RoleChanged change -> send(new ServerMessage.Role(change.role(), change.origin()));
                case SerialEvent.BackPressureLost lost -> send(new ServerMessage.Notice(NoticeCode.BACK_PRESSURE_LOST));
                case SerialEvent.Idle idle -> {}
                case SerialEvent.Closed end -> end(CONSOLE_CLOSED, "the console is closed");
            }
            long now = System.nanoTime();
            if (Duration.ofNanos(now - lastPing).compareTo(config.pingInterval()) >= 0) {
                lastPing = now;
                probe(now);
            }
        }
    }

    private void probe(long now) throws IOException {
        Duration silence = Duration.ofNanos(now - lastHeard);
        if (!receiving && silence.compareTo(config.pingInterval().multipliedBy(INTERVALS_OF_SILENCE)) > 0) {
            end(CLIENT_SILENT, "no answer to pings");
            return;
        }
        sending.lock();
        try {
            client.sendPing();
        } finally {
            sending.unlock();
        }
    }

    private void send(ByteBuffer output) throws IOException {
        sending.lock();
        try {
            client.sendBinary(output);
        } finally {
            sending.unlock();
        }
    }

    private void send(ServerMessage message) throws IOException {
        sending.lock();
        try {
            client.sendText(message.toJson());
        } finally {
            sending.unlock();
        }
    }

    private void end(int code, String reason) throws IOException {
        if (ended) {
            return;
        }
        close();
        sending.lock();
        try {
            client.close(code, reason);
        } finally {
            sending.unlock();
        }
    }
}
