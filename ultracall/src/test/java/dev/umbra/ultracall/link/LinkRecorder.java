// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.ultracall.Direction;
import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.Frame.Vendor;
import dev.umbra.ultracall.FrameCodec;
import dev.umbra.ultracall.FrameException;
import dev.umbra.ultracall.FrameHeader;
import dev.umbra.ultracall.FrameReader;
import dev.umbra.ultracall.FrameType;
import dev.umbra.ultracall.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

/** A service that notes what its link tells and acknowledges writes once per batch. */
final class LinkRecorder implements LinkListener {
    static final Frame.Hello HELLO = new Frame.Hello(
            FrameHeader.NONE, Protocol.MAJOR, 0, Vendor.SVM, new UUID(3, 4), 256, Protocol.FRAME_MAXIMUM);

    final List<String> events = new CopyOnWriteArrayList<>();
    final List<Frame> frames = new CopyOnWriteArrayList<>();
    private final HypervisorLink link;
    private long applied;

    LinkRecorder(HypervisorLink link) {
        this.link = link;
    }

    @Override
    public void connected() {
        events.add("connected");
    }

    @Override
    public void frame(FrameReader frame) {
        frames.add(frame.toFrame());
        if (frame.type() == FrameType.PORT_WRITE) {
            applied = frame.sequence();
        }
    }

    @Override
    public void batchComplete() {
        if (applied != 0) {
            link.output().acknowledge(applied, 1, 1);
            applied = 0;
        }
        link.flush();
    }

    @Override
    public void disconnected(String reason) {
        events.add("disconnected: " + reason);
    }

    static Frame.PortWrite write(long sequence, int value) {
        return new Frame.PortWrite(new FrameHeader(sequence, 1, 1, 0), 0x3f8, 1, new byte[] {(byte) value});
    }

    static byte[] encode(Frame... frames) {
        ByteBuf buffer = Unpooled.buffer();
        for (Frame frame : frames) {
            FrameCodec.encode(frame, buffer);
        }
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.readBytes(bytes);
        return bytes;
    }

    static List<Frame> decode(byte[] bytes, int length) {
        ByteBuf buffer = Unpooled.wrappedBuffer(bytes, 0, length);
        List<Frame> frames = new ArrayList<>();
        try {
            for (var next = FrameCodec.decode(buffer, Direction.TO_HYPERVISOR); next.isPresent(); ) {
                frames.add(next.get());
                next = FrameCodec.decode(buffer, Direction.TO_HYPERVISOR);
            }
        } catch (FrameException e) {
            throw new AssertionError(e);
        }
        assertThat(buffer.readableBytes()).isZero();
        return frames;
    }

    static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
