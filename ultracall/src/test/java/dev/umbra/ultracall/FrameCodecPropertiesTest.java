// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.ultracall.FrameException.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

class FrameCodecPropertiesTest {
    @Provide
    Arbitrary<Frame> frames() {
        return Frames.any();
    }

    @Property
    void everyFrameSurvivesTheWire(@ForAll("frames") Frame frame) throws FrameException {
        byte[] bytes = FrameCodec.encode(frame);
        assertThat(bytes.length % 8).isZero();
        assertThat(FrameCodec.decode(MemorySegment.ofArray(bytes), frame.type().direction()))
                .isEqualTo(frame);
    }

    @Property(tries = 200)
    void framesAreCutFromAStreamWhereverItIsBroken(@ForAll("frames") Frame first, @ForAll("frames") Frame second)
            throws FrameException {
        Direction direction = first.type().direction();
        List<Frame> sent = second.type().direction() == direction ? List.of(first, second) : List.of(first);
        ByteBuf whole = Unpooled.buffer();
        sent.forEach(frame -> FrameCodec.encode(frame, whole));
        for (int cut = 0; cut <= whole.writerIndex(); cut += 4) {
            ByteBuf stream = Unpooled.buffer().writeBytes(whole.slice(0, cut));
            List<Frame> received = new ArrayList<>(drain(stream, direction));
            stream.writeBytes(whole.slice(cut, whole.writerIndex() - cut));
            received.addAll(drain(stream, direction));
            assertThat(received).isEqualTo(sent);
        }
    }

    @Property
    void reservedBitsAndWrongDirectionsAreRefused(@ForAll("frames") Frame frame) {
        byte[] bytes = FrameCodec.encode(frame);
        Direction other =
                frame.type().direction() == Direction.TO_SERVICE ? Direction.TO_HYPERVISOR : Direction.TO_SERVICE;
        assertThat(reason(bytes, other)).isEqualTo(Reason.WRONG_DIRECTION);
        byte[] flagged = bytes.clone();
        flagged[6] = 1;
        assertThat(reason(flagged, frame.type().direction())).isEqualTo(Reason.RESERVED);
        byte[] unknown = bytes.clone();
        unknown[5] = 0x7f;
        assertThat(reason(unknown, frame.type().direction())).isEqualTo(Reason.UNKNOWN_TYPE);
    }

    @Property
    void whatIsAcceptedIsTheOnlyEncodingOfItsFrame(
            @ForAll("frames") Frame frame, @ForAll @Size(max = 3) List<Integer> damages) throws FrameException {
        byte[] bytes = FrameCodec.encode(frame);
        for (int damage : damages) {
            bytes[Math.floorMod(damage, bytes.length)] ^= (byte) (1 << (damage >>> 29));
        }
        try {
            Frame decoded =
                    FrameCodec.decode(MemorySegment.ofArray(bytes), frame.type().direction());
            assertThat(FrameCodec.encode(decoded)).isEqualTo(bytes);
        } catch (FrameException e) {
            assertThat(e.reason()).isNotNull();
        }
    }

    private static Reason reason(byte[] bytes, Direction direction) {
        try {
            FrameCodec.decode(MemorySegment.ofArray(bytes), direction);
            return null;
        } catch (FrameException e) {
            return e.reason();
        }
    }

    private static List<Frame> drain(ByteBuf stream, Direction direction) throws FrameException {
        List<Frame> frames = new ArrayList<>();
        for (var next = FrameCodec.decode(stream, direction); next.isPresent(); ) {
            frames.add(next.get());
            next = FrameCodec.decode(stream, direction);
        }
        return frames;
    }
}
