// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.remoteconsole.access.ConsoleAccess;
import dev.umbra.remoteconsole.ssh.SerialSshServer;
import dev.umbra.remoteconsole.ssh.SerialSshServerConfig;
import dev.umbra.remoteconsole.ssh.SerialSshServerCounters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import org.springframework.context.SmartLifecycle;

/** The SSH port, open while the appliance runs. */
public final class SshService implements SmartLifecycle {
    private final SshProperties properties;
    private final SerialSshServer server;
    private volatile boolean running;

    public SshService(SshProperties properties, Path hostKey, ConsoleAccess access) {
        this.properties = properties;
        SerialSshServerConfig usual = SerialSshServerConfig.defaults(properties.port(), hostKey);
        this.server = new SerialSshServer(
                new SerialSshServerConfig(
                        properties.address(),
                        usual.port(),
                        usual.hostKeyFile(),
                        usual.loginTimeout(),
                        usual.idleTimeout(),
                        usual.keepAliveInterval(),
                        usual.endOfInputGrace(),
                        usual.inputPatience(),
                        usual.maximumConnections(),
                        usual.maximumStrangers(),
                        usual.failuresPerAddress(),
                        usual.failuresPerVm(),
                        usual.failureWindow()),
                access);
    }

    /** The port listened on, empty when SSH is off. */
    public Optional<Integer> port() {
        return running ? Optional.of(server.port()) : Optional.empty();
    }

    public Optional<String> hostKeyFingerprint() {
        return running ? Optional.of(server.hostKeyFingerprint()) : Optional.empty();
    }

    public SerialSshServerCounters counters() {
        return server.counters();
    }

    @Override
    public void start() {
        if (!properties.enabled()) {
            return;
        }
        try {
            server.start();
            running = true;
        } catch (IOException failure) {
            throw new UncheckedIOException(
                    "SSH port " + properties.port() + " of " + properties.address() + " cannot be opened", failure);
        }
    }

    @Override
    public void stop() {
        running = false;
        try {
            server.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
