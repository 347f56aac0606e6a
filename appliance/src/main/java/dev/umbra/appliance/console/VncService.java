// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.remoteconsole.rfb.RfbAccess;
import dev.umbra.remoteconsole.rfb.RfbServer;
import dev.umbra.remoteconsole.rfb.RfbServerConfig;
import dev.umbra.remoteconsole.rfb.RfbServerCounters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.springframework.context.SmartLifecycle;

/** The port for VNC viewers, open while the appliance runs. Logins are by VeNCrypt alone, with the web server's certificate. */
public final class VncService implements SmartLifecycle {
    private final VncProperties properties;
    private final RfbServer server;
    private volatile boolean running;

    /** @param contexts gives the TLS context of the present certificate */
    public VncService(VncProperties properties, RfbAccess access, Supplier<SSLContext> contexts) {
        this.properties = properties;
        RfbServerConfig usual = RfbServerConfig.defaults(properties.port());
        this.server = new RfbServer(
                new RfbServerConfig(
                        properties.address(),
                        usual.port(),
                        usual.session().withKeyboardLayout(properties.keyboardLayout()),
                        usual.vncAuthVm(),
                        properties.clientAuthority() != null,
                        usual.maximumConnections(),
                        usual.maximumStrangers(),
                        usual.failuresPerAddress(),
                        usual.failuresPerVm(),
                        usual.failureWindow(),
                        usual.outputMaximum()),
                access,
                contexts);
    }

    /** The port listened on, empty when there is none. */
    public Optional<Integer> port() {
        return running ? Optional.of(server.port()) : Optional.empty();
    }

    public RfbServerCounters counters() {
        return server.counters();
    }

    @Override
    public void start() {
        if (properties.port() == 0) {
            return;
        }
        try {
            server.start();
            running = true;
        } catch (IOException failure) {
            throw new UncheckedIOException(
                    "VNC port " + properties.port() + " of " + properties.address() + " cannot be opened", failure);
        }
    }

    @Override
    public void stop() {
        running = false;
        server.close();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
