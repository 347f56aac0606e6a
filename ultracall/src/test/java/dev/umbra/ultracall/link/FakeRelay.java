// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.Protocol;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The far end of a relayed stream, played by hand. */
final class FakeRelay implements AutoCloseable {
    private final ServerSocketChannel server;
    private SocketChannel channel;

    FakeRelay(Path socket) throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
    }

    void accept() throws IOException {
        channel = server.accept();
    }

    /** Reads a preamble, which is returned. */
    byte[] preamble() throws IOException {
        byte[] preamble = read(RelayHandshake.SIZE);
        String magic = new String(preamble, 0, 16, StandardCharsets.US_ASCII);
        if (!magic.equals(Protocol.RELAY_MAGIC)) {
            throw new AssertionError("no preamble: " + magic);
        }
        return preamble;
    }

    /** Accepts, answers the preamble, takes ATTACH and says HELLO. */
    void greet() throws IOException {
        accept();
        send(preamble());
        Frame attach = frame();
        if (!(attach instanceof Frame.Attach)) {
            throw new AssertionError("not ATTACH: " + attach);
        }
        send(LinkRecorder.encode(LinkRecorder.HELLO));
    }

    Frame frame() throws IOException {
        ByteBuffer head = ByteBuffer.wrap(read(4)).order(ByteOrder.LITTLE_ENDIAN);
        int length = head.getInt(0);
        byte[] frame = new byte[length];
        System.arraycopy(head.array(), 0, frame, 0, 4);
        System.arraycopy(read(length - 4), 0, frame, 4, length - 4);
        List<Frame> frames = LinkRecorder.decode(frame, length);
        return frames.getFirst();
    }

    void send(byte[] bytes) throws IOException {
        send(bytes, 0, bytes.length);
    }

    void send(byte[] bytes, int from, int to) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, from, to - from);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private byte[] read(int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException();
            }
        }
        return buffer.array();
    }

    void hangUp() throws IOException {
        channel.close();
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
        server.close();
    }
}
