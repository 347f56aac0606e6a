// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.recording;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;

/**
 * Writes a framebuffer stream, version 001.001, as rfbproxy introduced it: after the name of the format, blocks of a length, what the
 * server sent, padded to a multiple of four, and the milliseconds since the start. Numbers are 32 bits, big-endian.
 */
final class FramebufferStreamWriter implements AutoCloseable {
    private static final byte[] HEADER = "FBS 001.001\n".getBytes(StandardCharsets.US_ASCII);
    private static final int ALIGNMENT = Integer.BYTES;
    private static final int FRAME = 2 * Integer.BYTES;

    private final FileChannel file;
    private final long maximum;
    private final ByteBuffer head = ByteBuffer.allocate(Integer.BYTES);
    private final ByteBuffer tail = ByteBuffer.allocate(ALIGNMENT - 1 + Integer.BYTES);
    private long size;

    /** @param maximum size of the file, in bytes; room for a last empty block is kept */
    FramebufferStreamWriter(FileChannel file, long maximum) throws IOException {
        this.file = file;
        this.maximum = maximum - FRAME;
        put(ByteBuffer.wrap(HEADER));
    }

    /** Writes a block; false when there is no room for it. */
    boolean write(ByteBuffer data, long milliseconds) throws IOException {
        int padding = -data.remaining() & ALIGNMENT - 1;
        if (size + data.remaining() + padding + FRAME > maximum) {
            return false;
        }
        block(data, padding, milliseconds);
        return true;
    }

    /** Writes the last block, which is empty and says how long the recording is. */
    void end(long milliseconds) throws IOException {
        block(ByteBuffer.allocate(0), 0, milliseconds);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private void block(ByteBuffer data, int padding, long milliseconds) throws IOException {
        put(head.clear().putInt(data.remaining()).flip());
        put(data);
        put(tail.clear().position(padding).putInt((int) milliseconds).flip());
    }

    private void put(ByteBuffer bytes) throws IOException {
        size += bytes.remaining();
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }
}
