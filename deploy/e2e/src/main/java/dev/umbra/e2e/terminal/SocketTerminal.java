// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.terminal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A console behind a unix-domain socket: a serial port that the virtualized system serves itself. */
public final class SocketTerminal implements Terminal {
    private final SocketChannel channel;
    private final Transcript transcript = new Transcript();

    public SocketTerminal(Path socket) {
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException failure) {
            throw new UncheckedIOException(socket + " cannot be reached", failure);
        }
        Thread.ofVirtual().name("socket-terminal").start(this::collect);
    }

    private void collect() {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 15);
        String end = "end of the stream";
        try {
            while (channel.read(buffer.clear()) >= 0) {
                transcript.append(buffer.array(), 0, buffer.position());
            }
        } catch (IOException failure) {
            end = String.valueOf(failure.getMessage());
        }
        transcript.end(end);
    }

    @Override
    public void type(byte[] characters) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(characters);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public Transcript transcript() {
        return transcript;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
