// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.graphical.GraphicalConsole;
import dev.umbra.remoteconsole.graphical.GraphicalConsoleConfig;
import dev.umbra.remoteconsole.graphical.GraphicalRole;
import dev.umbra.remoteconsole.rfb.encoding.PixelFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;

/** A machine with a screen and a keyboard, and pipes to clients of its console. */
final class Machine implements AutoCloseable {
    final FakeScreen screen;
    final FakeInput input = new FakeInput();
    final GraphicalConsole console;
    final RfbSessionCounters counters = new RfbSessionCounters();
    RfbPower power = RfbPower.NONE;
    RfbSessionConfig config = RfbSessionConfig.defaults();

    Machine(int width, int height) {
        screen = new FakeScreen(width, height);
        console = new GraphicalConsole(
                new GraphicalConsoleConfig(4, Duration.ofMillis(1), Duration.ofMillis(4)), screen, input);
    }

    @Override
    public void close() {
        console.close();
    }

    RfbGrant grant() {
        return new RfbGrant("tenant", "vm-1", console, true, power);
    }

    /** A client at the other end of a pipe. */
    Pipe connect(PixelFormat format) {
        return connect(format, GraphicalRole.WRITER);
    }

    Pipe connect(PixelFormat format, GraphicalRole role) {
        Pipe pipe = new Pipe();
        pipe.session = RfbSession.preAuthenticated(grant(), role, "test", config, counters, pipe);
        pipe.client = new RfbClient(pipe.toClient, pipe.toServer, format);
        pipe.session.begin();
        return pipe;
    }

    /** Carries the bytes of one session in memory. */
    static final class Pipe implements RfbTransport, AutoCloseable {
        private static final byte[] END = {};

        private final LinkedBlockingQueue<byte[]> sent = new LinkedBlockingQueue<>();
        private volatile boolean writable = true;
        volatile boolean closed;
        volatile String notTyped;
        RfbSession session;
        RfbClient client;

        final InputStream toClient = new InputStream() {
            private byte[] piece = END;
            private int at;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                if (length == 0) {
                    return 0;
                }
                try {
                    if (at == piece.length) {
                        piece = sent.poll(20, java.util.concurrent.TimeUnit.SECONDS);
                        at = 0;
                    }
                } catch (InterruptedException stopped) {
                    throw new IOException(stopped);
                }
                if (piece == null) {
                    throw new IOException("waited in vain");
                }
                if (piece.length == 0) {
                    return -1;
                }
                int count = Math.min(length, piece.length - at);
                System.arraycopy(piece, at, target, offset, count);
                at += count;
                return count;
            }
        };

        final OutputStream toServer = new OutputStream() {
            @Override
            public void write(int value) {
                session.receive(Unpooled.buffer().writeByte(value));
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                session.receive(Unpooled.wrappedBuffer(bytes, offset, length));
            }
        };

        void setWritable(boolean value) {
            writable = value;
            if (value) {
                session.becameWritable();
            }
        }

        int waiting() {
            return sent.stream().mapToInt(piece -> piece.length).sum();
        }

        @Override
        public void send(ByteBuf bytes) {
            if (bytes.isReadable()) {
                sent.add(ByteBufUtil.getBytes(bytes));
            }
            bytes.release();
        }

        @Override
        public void notTyped(String characters) {
            notTyped = characters;
        }

        @Override
        public boolean isWritable() {
            return writable;
        }

        @Override
        public void close() {
            closed = true;
            sent.add(END);
            session.close();
        }
    }
}
