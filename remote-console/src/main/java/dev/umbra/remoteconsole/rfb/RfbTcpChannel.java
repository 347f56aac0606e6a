// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One TCP connection. The TLS context is asked for when TLS begins, hence a new certificate serves new connections only. */
final class RfbTcpChannel extends ChannelInboundHandlerAdapter implements RfbTransport, TcpSecurity.TlsStarter {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    private static final int CLOSING_SECONDS = 2;
    private static final Logger logger = LoggerFactory.getLogger(RfbTcpChannel.class);

    private final Channel channel;
    private final Supplier<SSLContext> contexts;
    private RfbSession session;

    RfbTcpChannel(Channel channel, Supplier<SSLContext> contexts) {
        this.channel = channel;
        this.contexts = contexts;
    }

    void attach(RfbSession newSession) {
        session = newSession;
    }

    boolean isStranger() {
        return session.graphical() == null;
    }

    // ------------------------------------------------------------------ inbound, event loop

    @Override
    public void channelActive(ChannelHandlerContext context) {
        session.begin();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            session.receive((ByteBuf) message);
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (channel.isWritable()) {
            session.becameWritable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        session.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable broken) {
        logger.debug("connection ended", broken);
        session.close();
        channel.close();
    }

    // ------------------------------------------------------------------ outbound, any thread

    @Override
    public void send(ByteBuf bytes) {
        channel.writeAndFlush(bytes, channel.voidPromise());
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public void close() {
        if (!channel.isOpen() || channel.eventLoop().isShuttingDown()) {
            return;
        }
        channel.writeAndFlush(channel.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
        channel.eventLoop().schedule(() -> channel.close(), CLOSING_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void startTls(boolean clientCertificateNeeded, Consumer<SSLSession> done) {
        SSLEngine engine = contexts.get().createSSLEngine();
        engine.setUseClientMode(false);
        engine.setEnabledProtocols(PROTOCOLS);
        engine.setNeedClientAuth(clientCertificateNeeded);
        SslHandler handler = new SslHandler(engine);
        handler.handshakeFuture().addListener(future -> {
            if (future.isSuccess()) {
                done.accept(engine.getSession());
            } else {
                logger.debug("TLS failed", future.cause());
                channel.close();
            }
        });
        channel.pipeline().addFirst(handler);
    }
}
