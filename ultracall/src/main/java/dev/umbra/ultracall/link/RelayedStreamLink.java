// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.FrameHeader;
import dev.umbra.ultracall.FrameWriter;
import dev.umbra.ultracall.Protocol;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.lang.foreign.MemorySegment;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reaches {@code /dev/umbra} through a byte stream, as a virtio-serial port gives it. The stream outlives both of its
 * ends: a service or a relay that starts in the middle finds the bytes of others. Hence the handshake of
 * {@link RelayHandshake}, and hence the probe: a relay that starts anew discards what it does not understand and says
 * nothing, which from here looks like a host with nothing to report.
 *
 * <p>Replies leave in the call to {@link #flush}; no timer stands between a tenant's vCPU and its answer. What the
 * socket does not take waits in memory up to a limit. Beyond that the connection is dropped: L0 sends again what was
 * not acknowledged, so dropping loses nothing and memory stays bounded.
 */
public final class RelayedStreamLink implements HypervisorLink {
    static final int BUFFER_SIZE = 256 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(RelayedStreamLink.class);
    private static final int READ_SIZE = 64 << 10;
    private static final int READS_PER_BATCH = 4;
    private static final int LONGEST_PREAMBLE_FACTOR = 8;

    private final RelayedStreamConfiguration configuration;
    private final LinkCounters counters = new LinkCounters();
    private final EventLoopGroup group;
    private final EventLoop loop;
    private final LoopTasks tasks;
    private final BackOff pauses;
    private final RelayHandshake handshake = new RelayHandshake();
    private final ByteBuffer inbound = ByteBuffer.allocateDirect(BUFFER_SIZE);
    private final MemorySegment inboundSegment = MemorySegment.ofBuffer(inbound);
    private final ByteBuffer outbound = ByteBuffer.allocateDirect(BUFFER_SIZE);
    private final FrameWriter output = new FrameWriter(MemorySegment.ofBuffer(outbound), this::flush);

    private LinkListener listener;
    private FrameDelivery delivery;
    private Channel channel;
    private boolean answered;
    private long lastHeard;
    private volatile boolean closed;

    public RelayedStreamLink(RelayedStreamConfiguration configuration) {
        this.configuration = configuration;
        this.pauses = new BackOff(configuration.firstPause(), configuration.longestPause());
        this.group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("hypervisor-link", true), NioIoHandler.newFactory());
        this.loop = group.next();
        this.tasks = new LoopTasks(() -> loop.execute(this::runTasks), counters);
    }

    @Override
    public void start(LinkListener service) {
        if (listener != null) {
            throw new IllegalStateException("started already");
        }
        listener = service;
        delivery = new FrameDelivery(service, counters);
        loop.execute(this::connect);
    }

    @Override
    public FrameWriter output() {
        return output;
    }

    @Override
    public void flush() {
        long bytes = output.position();
        if (bytes == 0) {
            return;
        }
        if (channel == null || !answered) {
            counters.framesDropped.add(output.frames());
            output.clear();
            return;
        }
        ByteBuf copy = channel.alloc().directBuffer((int) bytes);
        copy.writeBytes(outbound.position(0).limit((int) bytes));
        outbound.clear();
        output.clear();
        counters.bytesSent.add(bytes);
        channel.writeAndFlush(copy, channel.voidPromise());
        if (channel != null && waiting() > configuration.outboundLimit()) {
            counters.overflows.increment();
            reconnect("L0 does not take what is sent");
        }
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public void schedule(Duration delay, Runnable task) {
        if (!closed) {
            loop.schedule(() -> LoopTasks.runSafely(task), delay.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public boolean onLoop() {
        return loop.inEventLoop();
    }

    @Override
    public void reconnect(String reason) {
        Channel lost = channel;
        if (lost == null) {
            return;
        }
        channel = null;
        lost.close();
        counters.failures.increment();
        LOG.info("connection to {} dropped: {}", configuration.socket(), reason);
        output.clear();
        if (answered) {
            answered = false;
            listener.disconnected(reason);
        }
        connectLater();
    }

    @Override
    public LinkStatistics statistics() {
        return counters.snapshot();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        tasks.close();
        Runnable shutdown = () -> {
            if (channel != null) {
                reconnect("closed");
            }
        };
        if (loop.inEventLoop()) {
            shutdown.run();
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        } else {
            loop.submit(shutdown).awaitUninterruptibly(5, TimeUnit.SECONDS);
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
        }
    }

    private long waiting() {
        return channel.unsafe().outboundBuffer() == null
                ? 0
                : channel.unsafe().outboundBuffer().totalPendingWriteBytes();
    }

    private void runTasks() {
        tasks.run();
    }

    private void connect() {
        if (closed) {
            return;
        }
        ChannelFuture attempt = new Bootstrap()
                .group(loop)
                .channel(NioDomainSocketChannel.class)
                .option(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new FixedRecvByteBufAllocator(READ_SIZE).maxMessagesPerRead(READS_PER_BATCH))
                .handler(new Inbound())
                .connect(UnixDomainSocketAddress.of(configuration.socket()));
        attempt.addListener(result -> {
            if (!result.isSuccess()) {
                counters.failures.increment();
                LOG.debug("no connection to {}: {}", configuration.socket(), String.valueOf(result.cause()));
                connectLater();
            }
        });
    }

    private void connectLater() {
        if (!closed) {
            loop.schedule(this::connect, pauses.next().toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void connected(Channel connected) {
        channel = connected;
        answered = false;
        inbound.clear();
        handshake.reset();
        delivery.reset();
        counters.connections.increment();
        sendPreamble(connected, configuration.preambleInterval());
    }

    private void sendPreamble(Channel target, Duration interval) {
        if (channel != target || answered) {
            return;
        }
        target.writeAndFlush(target.alloc().directBuffer().writeBytes(handshake.next()), target.voidPromise());
        Duration longest = configuration.preambleInterval().multipliedBy(LONGEST_PREAMBLE_FACTOR);
        Duration next = interval.multipliedBy(2);
        loop.schedule(
                () -> sendPreamble(target, next.compareTo(longest) > 0 ? longest : next),
                interval.toNanos(),
                TimeUnit.NANOSECONDS);
    }

    private void received(ByteBuf bytes) {
        lastHeard = System.nanoTime();
        counters.bytesReceived.add(bytes.readableBytes());
        while (bytes.isReadable() && channel != null) {
            int part = Math.min(bytes.readableBytes(), inbound.remaining());
            int limit = inbound.position() + part;
            bytes.readBytes(inbound.limit(limit));
            inbound.limit(BUFFER_SIZE);
            if (answered || answerArrived()) {
                deliver();
            }
        }
    }

    private boolean answerArrived() {
        inbound.flip();
        answered = handshake.answered(inbound);
        counters.bytesDiscarded.add(inbound.position());
        inbound.compact();
        if (answered) {
            lastHeard = System.nanoTime();
            output.clear();
            output.write(new Frame.Attach(FrameHeader.NONE, Protocol.LOWEST_MAJOR, Protocol.MAJOR));
            listener.connected();
            flush();
            probe(channel);
        }
        return answered;
    }

    private void deliver() {
        Channel source = channel;
        try {
            long consumed = delivery.deliver(inboundSegment, inbound.position(), () -> channel == source);
            if (delivery.greeted()) {
                pauses.reset();
            }
            inbound.flip().position((int) consumed);
            inbound.compact();
        } catch (ConnectionFailure e) {
            reconnect(e.getMessage());
        }
    }

    private void probe(Channel target) {
        if (channel != target) {
            return;
        }
        long silence = System.nanoTime() - lastHeard;
        if (silence > configuration.silenceLimit().toNanos()) {
            reconnect("L0 is silent");
            return;
        }
        if (silence > configuration.probeAfter().toNanos()) {
            output.write(new Frame.ReadCounters(FrameHeader.NONE));
            flush();
        }
        loop.schedule(() -> probe(target), configuration.probeAfter().toNanos(), TimeUnit.NANOSECONDS);
    }

    /** The one handler of the channel; all its calls come on the loop. */
    private final class Inbound extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext context) {
            connected(context.channel());
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            try {
                if (channel == context.channel()) {
                    received(bytes);
                }
            } finally {
                bytes.release();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            if (channel == context.channel() && answered) {
                listener.batchComplete();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (channel == context.channel()) {
                reconnect("closed by the relay");
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (!(cause instanceof java.io.IOException)) {
                LOG.error("the link's listener failed", cause);
            }
            if (channel == context.channel()) {
                reconnect(cause.getClass().getSimpleName());
            }
        }
    }
}
