// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

import dev.umbra.ultracall.FrameException.Reason;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Frames as records, from and to bytes wherever they are; a convenience over {@link FrameReader} and {@link FrameWriter}. */
public final class FrameCodec {
    private FrameCodec() {}

    /**
     * Decodes exactly one frame.
     *
     * @throws FrameException if it is none, not complete or followed by more
     */
    public static Frame decode(MemorySegment bytes, Direction direction) throws FrameException {
        FrameReader reader = new FrameReader(direction);
        int length = reader.wrap(bytes, 0, bytes.byteSize());
        if (length == 0) {
            throw new FrameException(Reason.TRUNCATED, null);
        }
        if (length != bytes.byteSize()) {
            throw new FrameException(Reason.LENGTH, reader.type());
        }
        return reader.toFrame();
    }

    /** Decodes the next frame and moves the buffer's reader index behind it; empty and unmoved if it is not complete. */
    public static Optional<Frame> decode(ByteBuf bytes, Direction direction) throws FrameException {
        FrameReader reader = new FrameReader(direction);
        MemorySegment segment = MemorySegment.ofBuffer(bytes.nioBuffer());
        int length = reader.wrap(segment, 0, segment.byteSize());
        if (length == 0) {
            return Optional.empty();
        }
        Frame frame = reader.toFrame();
        bytes.skipBytes(length);
        return Optional.of(frame);
    }

    public static byte[] encode(Frame frame) {
        MemorySegment buffer = MemorySegment.ofArray(new byte[Protocol.FRAME_MAXIMUM]);
        FrameWriter writer = new FrameWriter(buffer, () -> {});
        writer.write(frame);
        return buffer.asSlice(0, writer.position()).toArray(WireLayout.U8);
    }

    /** Appends a frame to a buffer. */
    public static void encode(Frame frame, ByteBuf bytes) {
        bytes.writeBytes(encode(frame));
    }
}
