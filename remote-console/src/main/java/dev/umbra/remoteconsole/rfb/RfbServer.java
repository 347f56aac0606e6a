// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.access.ClientAddress;
import dev.umbra.remoteconsole.graphical.GraphicalRole;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The graphical consoles of all virtual machines behind one TCP port, for VNC viewers. A viewer names the machine as its user name
 * (VeNCrypt X509Plain) or shows a certificate that {@link RfbAccess} knows a machine for (X509None).
 */
public final class RfbServer implements AutoCloseable {
    private static final int EVENT_LOOPS = 2;
    private static final Logger logger = LoggerFactory.getLogger(RfbServer.class);

    private final RfbServerConfig config;
    private final Supplier<SSLContext> contexts;
    private final RfbLogins logins;
    private final RfbSessionCounters counters = new RfbSessionCounters();
    private final LongAdder refused = new LongAdder();
    private final Map<Channel, RfbTcpChannel> connections = new HashMap<>();
    private EventLoopGroup loops;
    private Channel listener;

    /**
     * @param contexts asked for the TLS context of each new connection; its trust manager decides which client certificates are
     *     looked at
     */
    public RfbServer(RfbServerConfig config, RfbAccess access, Supplier<SSLContext> contexts) {
        this.config = Objects.requireNonNull(config);
        this.contexts = Objects.requireNonNull(contexts);
        logins = new RfbLogins(Objects.requireNonNull(access), config);
    }

    /** Opens the port. */
    public void start() throws IOException {
        loops = new MultiThreadIoEventLoopGroup(EVENT_LOOPS, NioIoHandler.newFactory());
        var bound = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(config.outputMaximum() / 4, config.outputMaximum()))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        accept(channel);
                    }
                })
                .bind(config.host(), config.port())
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            loops.shutdownGracefully();
            throw new IOException("port " + config.port() + " cannot be opened", bound.cause());
        }
        listener = bound.channel();
        logger.info("graphical consoles over RFB on port {}", port());
    }

    /** The port listened on. */
    public int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    public RfbServerCounters counters() {
        int now;
        synchronized (connections) {
            now = connections.size();
        }
        return new RfbServerCounters(now, refused.sum(), logins.throttled(), counters.values());
    }

    /** Closes the port and all connections. */
    @Override
    public void close() {
        if (loops == null) {
            return;
        }
        listener.close().awaitUninterruptibly();
        List<Channel> open;
        synchronized (connections) {
            open = List.copyOf(connections.keySet());
        }
        open.forEach(channel -> channel.close().awaitUninterruptibly());
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private void accept(SocketChannel channel) {
        String address = ClientAddress.of(channel.remoteAddress());
        RfbTcpChannel connection = new RfbTcpChannel(channel, contexts);
        TcpSecurity security = new TcpSecurity(logins, config, connection, channel.remoteAddress());
        RfbSession session = new RfbSession(
                config.session(), connection, counters, security, "VNC from " + address, GraphicalRole.WRITER);
        security.attach(session);
        connection.attach(session);
        if (!admit(channel, connection, address)) {
            refused.increment();
            logger.warn("connection refused: too many, address {}", address);
            channel.close();
            return;
        }
        channel.closeFuture().addListener(closed -> {
            synchronized (connections) {
                connections.remove(channel);
            }
        });
        channel.pipeline().addLast(connection);
    }

    private boolean admit(SocketChannel channel, RfbTcpChannel connection, String address) {
        synchronized (connections) {
            long strangers = connections.entrySet().stream()
                    .filter(other -> other.getValue().isStranger())
                    .filter(other -> address.equals(ClientAddress.of(((SocketChannel) other.getKey()).remoteAddress())))
                    .count();
            if (connections.size() >= config.maximumConnections() || strangers >= config.maximumStrangers()) {
                return false;
            }
            connections.put(channel, connection);
            return true;
        }
    }
}
