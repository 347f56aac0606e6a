// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.ssh;

import dev.umbra.remoteconsole.access.ClientAddress;
import dev.umbra.remoteconsole.access.ConsoleAccess;
import dev.umbra.remoteconsole.access.ConsoleGrant;
import dev.umbra.remoteconsole.access.ConsoleUserName;
import dev.umbra.remoteconsole.access.LoginThrottle;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.PublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.global.KeepAliveHandler;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.channel.ChannelSessionFactory;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.forward.RejectAllForwardingFilter;
import org.apache.sshd.server.global.NoMoreSessionsHandler;
import org.apache.sshd.server.session.ServerSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The consoles of all virtual machines behind one SSH port: {@code ssh -p PORT VM@host} to write, {@code ssh -p PORT VM+view@host} to
 * look. One shell per channel is all there is: no command, no subsystem, no forwarding of anything, no environment.
 *
 * <p>Built on Apache MINA SSHD. Implements the server's side of RFC 4252 (password and public key), RFC 4254 (session channel, shell,
 * pty-req and window-change accepted) and RFC 4335 (break).
 */
public final class SerialSshServer implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(SerialSshServer.class);

    private static final int LOGIN_ATTEMPTS = 6;
    private static final int CHANNELS_PER_CONNECTION = 8;
    private static final long INPUT_WINDOW = 128 << 10;
    private static final Duration UNTIL_KEEP_ALIVE_DECIDES = Duration.ofDays(365);

    private final SerialSshServerConfig config;
    private final SshServer server = SshServer.setUpDefaultServer();
    private final ConsoleAccess access;
    private final SerialAuthenticator authenticator;
    private final ConnectionLimits limits;
    private PublicKey hostKey;

    public SerialSshServer(SerialSshServerConfig config, ConsoleAccess access) {
        this.config = Objects.requireNonNull(config);
        this.access = Objects.requireNonNull(access);
        authenticator = new SerialAuthenticator(
                access,
                new LoginThrottle(config.failuresPerAddress(), config.failureWindow(), System::nanoTime),
                new LoginThrottle(config.failuresPerVm(), config.failureWindow(), System::nanoTime));
        limits = new ConnectionLimits(config.maximumConnections(), config.maximumStrangers());
        configure();
    }

    /** Opens the port; makes the host key first if there is none. */
    public void start() throws IOException {
        var key = HostKeyFile.loadOrCreate(config.hostKeyFile());
        hostKey = key.getPublic();
        server.setKeyPairProvider(KeyPairProvider.wrap(key));
        server.start();
        logger.info("serial consoles over SSH on port {}, host key {}", port(), hostKeyFingerprint());
    }

    /** The port listened on. */
    public int port() {
        return server.getBoundAddresses().stream()
                .map(InetSocketAddress.class::cast)
                .mapToInt(InetSocketAddress::getPort)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("not started"));
    }

    /** The host key's fingerprint as clients show it, for people to compare. */
    public String hostKeyFingerprint() {
        return KeyUtils.getFingerPrint(hostKey);
    }

    public SerialSshServerCounters counters() {
        return new SerialSshServerCounters(
                limits.connections(), limits.refused(), authenticator.failed(), authenticator.throttled());
    }

    /** Closes the port and all connections. */
    @Override
    public void close() throws IOException {
        server.stop(true);
    }

    private void configure() {
        server.setHost(config.host());
        server.setPort(config.port());
        SshAlgorithms.applyTo(server);
        server.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE, UserAuthPasswordFactory.INSTANCE));
        server.setPasswordAuthenticator(authenticator);
        server.setPublickeyAuthenticator(authenticator);
        server.setShellFactory(this::createShell);
        server.setCommandFactory(null);
        server.setSubsystemFactories(List.of());
        server.setAgentFactory(null);
        server.setForwardingFilter(RejectAllForwardingFilter.INSTANCE);
        server.setGlobalRequestHandlers(List.of(KeepAliveHandler.INSTANCE, NoMoreSessionsHandler.INSTANCE));
        server.setChannelFactories(List.of(new ChannelSessionFactory() {
            @Override
            public Channel createChannel(Session session) {
                return new SerialShellChannel();
            }
        }));
        server.addSessionListener(limits);
        server.addSessionListener(new KeepAlive(config.keepAliveInterval()));
        CoreModuleProperties.SERVER_IDENTIFICATION.set(server, "umbra");
        CoreModuleProperties.AUTH_TIMEOUT.set(server, config.loginTimeout());
        CoreModuleProperties.IDLE_TIMEOUT.set(server, Duration.ZERO);
        CoreModuleProperties.NIO2_READ_TIMEOUT.set(server, Duration.ZERO);
        CoreModuleProperties.MAX_AUTH_REQUESTS.set(server, LOGIN_ATTEMPTS);
        CoreModuleProperties.MAX_CONCURRENT_CHANNELS.set(server, CHANNELS_PER_CONNECTION);
        CoreModuleProperties.WINDOW_SIZE.set(server, INPUT_WINDOW);
        CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(server, UNTIL_KEEP_ALIVE_DECIDES);
        CoreModuleProperties.TCP_NODELAY.set(server, true);
    }

    private Command createShell(ChannelSession channel) throws IOException {
        ServerSession session = channel.getServerSession();
        ConsoleGrant grant = session.getAttribute(SerialAuthenticator.GRANT);
        ConsoleUserName user = ConsoleUserName.parse(session.getUsername())
                .orElseThrow(() -> new IOException("not the name of a virtual machine"));
        if (grant == null || !grant.vmName().equals(user.vmName()) || !access.stillHolds(grant)) {
            throw new IOException("no grant for this virtual machine");
        }
        TypedInput input = new TypedInput(channel.getLocalWindow());
        channel.setDataReceiver(input);
        String origin = "SSH from " + ClientAddress.of(session.getClientAddress());
        return new SerialShell(grant, user.viewOnly(), origin, config, input);
    }
}
