// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.umbra.ultracall.FrameException.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameReaderTest {
    private static final String HEAD = "06000000" + "0100000000000000" + "0200000000000000" + "03000000" + "04000000";

    @Test
    void portWriteIsShownInPlace() throws FrameException {
        FrameReader reader = new FrameReader(Direction.TO_SERVICE);
        MemorySegment bytes = bytes("30000000" + HEAD + "f803020002000000" + "3412785600000000");

        assertThat(reader.wrap(bytes, 0, bytes.byteSize())).isEqualTo(48);

        assertThat(reader.type()).isEqualTo(FrameType.PORT_WRITE);
        assertThat(reader.sequence()).isEqualTo(1);
        assertThat(reader.tenantVm()).isEqualTo(2);
        assertThat(reader.cloudVm()).isEqualTo(3);
        assertThat(reader.vcpu()).isEqualTo(4);
        assertThat(reader.port()).isEqualTo(0x3f8);
        assertThat(reader.accessValue(0)).isEqualTo(0x1234);
        assertThat(reader.accessValue(1)).isEqualTo(0x5678);
    }

    @ParameterizedTest
    @CsvSource({
        "LENGTH, 1f000000, f803010001000000",
        "LENGTH, 08020000, f803010001000000",
        "LENGTH, 2c000000, f803010001000000",
        "LENGTH, ffffffff, f803010001000000",
        "PAYLOAD_LENGTH, 20000000, ''",
        "PAYLOAD_LENGTH, 28000000, f803010001000000",
        "PAYLOAD_LENGTH, 38000000, f8030100010000004100000000000000" + "0000000000000000",
        "VALUE, 30000000, f8030300010000004100000000000000",
        "VALUE, 30000000, f8030000010000004100000000000000",
        "VALUE, 30000000, f8030100000000004100000000000000",
        "VALUE, 30000000, f8030100010100004100000000000000",
        "VALUE, 30000000, f8030400ffffffff4100000000000000",
        "RESERVED, 30000000, f8030101010000004100000000000000",
        "RESERVED, 30000000, f8030100010000004142000000000000",
    })
    void malformedPortWriteIsRefusedWithItsReason(Reason reason, String length, String payload) {
        MemorySegment bytes = bytes(length + HEAD + payload);
        assertThatThrownBy(() -> new FrameReader(Direction.TO_SERVICE).wrap(bytes, 0, bytes.byteSize()))
                .isInstanceOfSatisfying(
                        FrameException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void memoryWriteIsShownInPlace() throws FrameException {
        FrameReader reader = new FrameReader(Direction.TO_SERVICE);
        MemorySegment bytes = bytes("40000000" + HEAD.replaceFirst("06", "0d") + "00000b0000000000" + "08ff000002000000"
                + "0102030405060708" + "1112131415161718");

        assertThat(reader.wrap(bytes, 0, bytes.byteSize())).isEqualTo(64);

        assertThat(reader.memoryAddress(0)).isEqualTo(0xb0000);
        assertThat(reader.memoryAddress(1)).isEqualTo(0xafff8);
        assertThat(reader.memoryValue(0)).isEqualTo(0x0807060504030201L);
        assertThat(reader.memoryValue(1)).isEqualTo(0x1817161514131211L);
    }

    @ParameterizedTest
    @CsvSource({
        "VALUE, 00000b0000000000 0301000001000000 0000000000000000",
        "VALUE, 00000b0000000000 0102000001000000 0000000000000000",
        "VALUE, 00000b0000000000 0101000000000000 0000000000000000",
        "VALUE, 00000b0000000080 0101000001000000 0000000000000000",
        "VALUE, ffffffffffff0f00 0201000001000000 0000000000000000",
        "VALUE, 0000000000000000 01ff000002000000 0000000000000000",
        "RESERVED, 00000b0000000000 0101010001000000 0000000000000000",
        "RESERVED, 00000b0000000000 0101000001000000 0001000000000000",
        "PAYLOAD_LENGTH, 00000b0000000000 0801000002000000 0000000000000000",
        "PAYLOAD_LENGTH, 00000b0000000000",
    })
    void malformedMemoryWriteIsRefusedWithItsReason(Reason reason, String payload) {
        String hex = payload.replace(" ", "");
        MemorySegment bytes =
                bytes("%02x000000".formatted(32 + hex.length() / 2) + HEAD.replaceFirst("06", "0d") + hex);
        assertThatThrownBy(() -> new FrameReader(Direction.TO_SERVICE).wrap(bytes, 0, bytes.byteSize()))
                .isInstanceOfSatisfying(
                        FrameException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void badLengthIsNoticedBeforeTheHeaderIsComplete() {
        assertThatThrownBy(() -> new FrameReader(Direction.TO_SERVICE).wrap(bytes("55aa55aa"), 0, 4))
                .isInstanceOf(FrameException.class);
    }

    @Test
    void secretsDoNotShowThemselves() {
        Frame.Ultracall call = new Frame.Ultracall(
                FrameHeader.NONE, Frame.Origin.TENANT, 3, 4, new UltracallRegisters(0x5ec4e7, 1, 2, 3));
        Frame.PortWrite write = new Frame.PortWrite(FrameHeader.NONE, 0x3f8, 1, "password".getBytes());
        assertThat(call.toString()).doesNotContain(String.valueOf(0x5ec4e7)).contains("hidden");
        assertThat(write.toString()).doesNotContain("112");
    }

    @Test
    void writerRefusesWhatMayNotBeSent() {
        FrameWriter writer = new FrameWriter(MemorySegment.ofArray(new byte[512]), () -> {});
        assertThatThrownBy(() -> writer.interruptLine(1, 1, 16, true)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer.latch(1, 1, 1, 0x3fd, 256)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer.portWrite(1, 1, 1, 0, 0x3f8, 3, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(writer.position()).isZero();
        for (int frame = 0; frame < 16; frame++) {
            writer.acknowledge(1, 1, 1);
        }
        assertThatThrownBy(() -> writer.acknowledge(1, 1, 1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void hotPathAllocatesNothing() throws FrameException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Arena arena = Arena.ofConfined()) {
            HotPath path = new HotPath(arena.allocate(4096, 8));
            long warm = 0;
            for (int round = 0; round < 200_000; round++) {
                warm += path.round(round);
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int round = 0; round < 100_000; round++) {
                warm += path.round(round);
            }
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(warm).isNotZero();
            assertThat(allocated).as("bytes for 900,000 frames").isLessThan(10_000);
        }
    }

    /** One of each frequent frame, written and read. */
    private static final class HotPath {
        private final MemorySegment buffer;
        private final FrameWriter writer;
        private final FrameReader fromHypervisor = new FrameReader(Direction.TO_SERVICE);
        private final FrameReader fromService = new FrameReader(Direction.TO_HYPERVISOR);

        HotPath(MemorySegment buffer) {
            this.buffer = buffer;
            this.writer = new FrameWriter(buffer, () -> {});
        }

        long round(int round) throws FrameException {
            writer.clear();
            writer.portWrite(round, 1, 2, 0, 0x3f8, 1, round & 0xff);
            writer.portRead(round + 1, 1, 2, 0, 0x3fd, 1, 1);
            writer.memoryWrite(round + 2, 1, 2, 0, 0xa0000, 4, round);
            writer.memoryRead(round + 3, 1, 2, 0, 0xa0000, 8, 1, 4);
            long end = writer.position();
            long sum = 0;
            for (long offset = 0; offset < end; ) {
                offset += fromHypervisor.wrap(buffer, offset, end - offset);
                sum += fromHypervisor.type() == FrameType.PORT_WRITE
                        ? fromHypervisor.accessValue(0)
                        : fromHypervisor.type() == FrameType.MEMORY_WRITE
                                ? fromHypervisor.memoryValue(0)
                                : fromHypervisor.type() == FrameType.MEMORY_READ
                                        ? fromHypervisor.memoryAddress(3)
                                        : fromHypervisor.port();
            }
            writer.latch(round + 1, 1, 2, 0x3fd, 0x60);
            writer.interruptLine(1, 2, 4, true);
            writer.memoryReadReply(round + 3, 1, 2, 0, buffer, 0, 32);
            writer.portReadReply(round + 1, 1, 2, 0, buffer, 0, 1);
            writer.acknowledge(round, 1, 2);
            for (long offset = end; offset < writer.position(); ) {
                offset += fromService.wrap(buffer, offset, writer.position() - offset);
                sum += fromService.type().code();
            }
            return sum;
        }
    }

    private static MemorySegment bytes(String hex) {
        return MemorySegment.ofArray(HexFormat.of().parseHex(hex));
    }
}
