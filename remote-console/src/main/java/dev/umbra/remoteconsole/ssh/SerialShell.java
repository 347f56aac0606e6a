// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.ssh;

import dev.umbra.remoteconsole.access.ConsoleGrant;
import dev.umbra.remoteconsole.serial.SerialAttachment;
import dev.umbra.remoteconsole.serial.SerialConsoleException;
import dev.umbra.remoteconsole.serial.SerialEvent;
import dev.umbra.remoteconsole.serial.SerialRole;
import dev.umbra.remoteconsole.serial.SerialSession;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalLong;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One SSH client at a console: a virtual thread for each direction. What the tenant wrote goes to standard output, byte for byte;
 * what the console has to say itself goes to standard error, so that a script that stores the output stores the tenant's and nothing
 * else.
 */
final class SerialShell implements Command {
    private static final Logger logger = LoggerFactory.getLogger(SerialShell.class);
    private static final int BUFFER_SIZE = 32 << 10;
    private static final int REFUSED = 1;

    private final ConsoleGrant grant;
    private final boolean viewOnly;
    private final String origin;
    private final SerialSshServerConfig config;
    private final TypedInput input;

    private OutputStream output;
    private OutputStream notices;
    private ExitCallback exit;
    private SerialSession session;
    private Thread typist;
    private volatile long lastInput = System.nanoTime();
    private volatile boolean inputEnded;

    SerialShell(ConsoleGrant grant, boolean viewOnly, String origin, SerialSshServerConfig config, TypedInput input) {
        this.grant = grant;
        this.viewOnly = viewOnly;
        this.origin = origin;
        this.config = config;
        this.input = input;
    }

    @Override
    public void setInputStream(InputStream unused) {}

    @Override
    public void setOutputStream(OutputStream stream) {
        output = stream;
    }

    @Override
    public void setErrorStream(OutputStream stream) {
        notices = stream;
    }

    @Override
    public void setExitCallback(ExitCallback callback) {
        exit = callback;
    }

    @Override
    public void start(ChannelSession channel, Environment environment) {
        Thread.ofVirtual().name("ssh-console-output-" + grant.vmName()).start(this::run);
    }

    /** Called on an input/output thread: must not wait for the client. */
    @Override
    public synchronized void destroy(ChannelSession channel) {
        input.end();
        if (session != null) {
            session.close();
        }
        if (typist != null) {
            typist.interrupt();
        }
    }

    /** Queues a break behind what was typed before it; whether there was room. */
    boolean sendBreak() {
        return input.offerBreak();
    }

    private void run() {
        int status = 0;
        try {
            attach();
            pumpOutput();
        } catch (SerialConsoleException refused) {
            status = REFUSED;
            tellQuietly(refused.getMessage());
        } catch (IOException gone) {
            logger.debug("the client is gone", gone);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            destroy(null);
            exit.onExit(status);
        }
    }

    private void attach() throws IOException {
        boolean mayWrite = grant.mayWrite() && !viewOnly;
        SerialSession attached = grant.console()
                .attach(new SerialAttachment(
                        origin, mayWrite, mayWrite ? SerialRole.WRITER : SerialRole.VIEWER, OptionalLong.empty()));
        synchronized (this) {
            session = attached;
            typist = Thread.ofVirtual()
                    .name("ssh-console-input-" + grant.vmName())
                    .start(() -> pumpInput(attached));
        }
        tell(grant.vmName() + (mayWrite ? ": you are the writer" : ": you are a viewer, input is ignored"));
    }

    private void pumpOutput() throws IOException, InterruptedException {
        byte[] buffer = new byte[BUFFER_SIZE];
        long lastOutput = System.nanoTime();
        while (true) {
            switch (session.next(buffer, config.endOfInputGrace())) {
                case SerialEvent.Output piece -> {
                    output.write(buffer, 0, piece.length());
                    output.flush();
                    lastOutput = System.nanoTime();
                }
                case SerialEvent.Skipped gap ->
                    tell(gap.length() + " bytes are not shown: the console is ahead of this client");
                case SerialEvent.RoleChanged(SerialRole role, String by) ->
                    tell("you are the " + (role == SerialRole.WRITER ? "writer" : "viewer, taken over by " + by));
                case SerialEvent.BackPressureLost() ->
                    tell("this client takes the output too slowly: it is no longer held back for it");
                case SerialEvent.Idle() -> {}
                case SerialEvent.Closed() -> {
                    tell("the console is closed");
                    return;
                }
            }
            if (isFinished(lastOutput)) {
                return;
            }
        }
    }

    private boolean isFinished(long lastOutput) throws IOException {
        long now = System.nanoTime();
        Duration sinceInput = Duration.ofNanos(now - lastInput);
        if (config.idleTimeout().isPositive() && sinceInput.compareTo(config.idleTimeout()) >= 0) {
            tell("closed: no input for " + config.idleTimeout().toSeconds() + " s");
            return true;
        }
        Duration quiet = Duration.ofNanos(now - Math.max(lastOutput, lastInput));
        return inputEnded && session.role() == SerialRole.WRITER && quiet.compareTo(config.endOfInputGrace()) >= 0;
    }

    private void pumpInput(SerialSession session) {
        try {
            TypedInput.Item item;
            while ((item = input.take()) != null) {
                lastInput = System.nanoTime();
                switch (item) {
                    case TypedInput.Characters(byte[] bytes) -> {
                        int accepted = session.write(bytes, 0, bytes.length, config.inputPatience());
                        if (accepted < bytes.length && session.role() == SerialRole.WRITER) {
                            tell((bytes.length - accepted) + " characters dropped: the virtual machine does not read");
                        }
                    }
                    case TypedInput.Break() -> session.sendBreak(config.inputPatience());
                }
                input.release(item);
            }
            lastInput = System.nanoTime();
            inputEnded = true;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } catch (IOException gone) {
            logger.debug("the client is gone", gone);
        }
    }

    private void tell(String text) throws IOException {
        synchronized (notices) {
            notices.write(("\r\n[umbra] " + text + "\r\n").getBytes(StandardCharsets.UTF_8));
            notices.flush();
        }
    }

    private void tellQuietly(String text) {
        try {
            tell(text);
        } catch (IOException gone) {
            logger.debug("the client is gone", gone);
        }
    }
}
