// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Any frame that is allowed. */
final class Frames {
    private Frames() {}

    static Arbitrary<Frame> any() {
        return Arbitraries.oneOf(toService(), toHypervisor());
    }

    private static Arbitrary<Frame> toService() {
        return Arbitraries.oneOf(
                Combinators.combine(header(), u16(), u16(), Arbitraries.of(Frame.Vendor.class), longs(), longs())
                        .as((header, major, minor, vendor, high, low) ->
                                new Frame.Hello(header, major, minor, vendor, new UUID(high, low), 256, 512)),
                Combinators.combine(header(), presence(), integers()).as(Frame.CloudVm::new),
                Combinators.combine(header(), presence(), bits(), bits(), natural(), longs(), longs(), longs())
                        .as((header, presence, paused, disputed, vcpus, first, second, root) -> new Frame.TenantVm(
                                header,
                                presence,
                                paused,
                                disputed,
                                (root & 1) != 0,
                                vcpus,
                                7,
                                unsignedMinimum(first, second),
                                first + second - unsignedMinimum(first, second),
                                root,
                                ~root)),
                Combinators.combine(header(), presence(), integers(), longs(), longs())
                        .as(Frame.Vcpu::new),
                Combinators.combine(header(), Arbitraries.of(Frame.AlarmKind.class), longs(), longs(), longs())
                        .as(Frame.Alarm::new),
                Combinators.combine(header(), u16(), Arbitraries.of(1, 2, 4), portData())
                        .as((header, port, size, data) -> new Frame.PortWrite(
                                header, port, size, java.util.Arrays.copyOf(data, 4 * (data.length / 4 + 1)))),
                Combinators.combine(
                                header(),
                                u16(),
                                Arbitraries.of(1, 2, 4),
                                Arbitraries.integers().between(1, 64))
                        .as(Frame.PortRead::new),
                Combinators.combine(header(), u16(), Arbitraries.of(1, 2, 4), bits(), integers())
                        .as((header, port, size, write, value) -> new Frame.PortObserved(
                                header, port, size, write, size == 4 ? value : value & (1 << 8 * size) - 1)),
                Combinators.combine(header(), address(), Arbitraries.of(1, 2, 4, 8), step(), portData())
                        .as((header, address, size, step, data) -> new MemoryFrame.MemoryWrite(
                                header,
                                address,
                                size,
                                step,
                                java.util.Arrays.copyOf(data, Math.min(256, 8 * (data.length / 8 + 1))))),
                Combinators.combine(
                                header(),
                                address(),
                                Arbitraries.of(1, 2, 4, 8),
                                step(),
                                Arbitraries.integers().between(1, 32))
                        .as(MemoryFrame.MemoryRead::new),
                Combinators.combine(
                                header(),
                                copyAddress(),
                                copyAddress(),
                                Arbitraries.of(1, 2, 4, 8),
                                step(),
                                Arbitraries.integers().between(1, 4096))
                        .as(MemoryFrame.MemoryCopy::new),
                Combinators.combine(
                                header(),
                                Arbitraries.of(Frame.Origin.class),
                                Arbitraries.integers().between(0, 3),
                                integers(),
                                registers())
                        .as(Frame.Ultracall::new),
                Combinators.combine(header(), irq(), octets()).as(Frame.Nudge::new),
                Combinators.combine(
                                header(),
                                Arbitraries.longs().array(long[].class).ofMaxSize(59))
                        .as(Frame.Counters::new),
                Combinators.combine(header(), longs(), longs(), longs(), longs(), integers(), natural(), bits())
                        .as((header, address, length, offset, inode, device, index, last) ->
                                new MemoryFrame.MemoryExtent(
                                        header,
                                        address,
                                        length,
                                        offset,
                                        inode,
                                        device,
                                        index,
                                        last,
                                        last && (length & 1) == 0)),
                Combinators.combine(header(), Arbitraries.of(VcpuFrame.VcpuState.class), bits(), longs(), u16(), irq())
                        .as((header, state, last, value, limit, number) -> new VcpuFrame.VcpuRegisters(
                                header,
                                state,
                                last,
                                value,
                                value + 1,
                                value + 2,
                                value + 3,
                                value + 4,
                                value + 5,
                                limit,
                                number & 3,
                                value + 6,
                                value + 7,
                                value + 8,
                                value + 9,
                                ~value)),
                Combinators.combine(header(), Arbitraries.of(VcpuFrame.PauseState.class), longs(), longs())
                        .as((header, state, settled, length) ->
                                new VcpuFrame.Paused(header, state, settled >>> 1, length >>> 1)),
                Combinators.combine(header(), u16(), Arbitraries.integers().between(1, 4095))
                        .as(Frame.Rejected::new));
    }

    private static Arbitrary<Frame> toHypervisor() {
        return Arbitraries.oneOf(
                Combinators.combine(header(), u16(), u16())
                        .as((header, first, second) ->
                                new Frame.Attach(header, Math.min(first, second), Math.max(first, second))),
                Combinators.combine(
                                header(),
                                Arbitraries.bytes()
                                        .array(byte[].class)
                                        .ofMinSize(1)
                                        .ofMaxSize(256))
                        .as(Frame.PortReadReply::new),
                Combinators.combine(header(), longs(), registers()).as(Frame.UltracallReply::new),
                header().map(Frame.Acknowledge::new),
                Combinators.combine(header(), u16(), u16(), Arbitraries.of(PortClaim.class))
                        .as((header, base, count, claimed) -> new Frame.ClaimPorts(
                                header, base, Math.max(1, Math.min(count, 65536 - base)), claimed)),
                Combinators.combine(
                                header(),
                                Arbitraries.bytes()
                                        .array(byte[].class)
                                        .ofMinSize(1)
                                        .ofMaxSize(256))
                        .as(MemoryFrame.MemoryReadReply::new),
                Combinators.combine(
                                header(),
                                Arbitraries.longs().between(0, (1L << 40) - 1),
                                Arbitraries.longs().between(1, 1L << 39),
                                bits())
                        .as((header, page, pages, claimed) -> new MemoryFrame.ClaimMemory(
                                header, page << 12, Math.min(pages, (1L << 40) - page) << 12, claimed)),
                Combinators.combine(header(), irq(), bits()).as(Frame.InterruptLine::new),
                Combinators.combine(header(), u16(), bits(), octets())
                        .as((header, port, valid, value) -> new Frame.Latch(header, port, valid, valid ? value : 0)),
                Combinators.combine(header(), Arbitraries.of(MemoryFrame.AddressSpace.class))
                        .as(MemoryFrame.ReadMemoryLayout::new),
                Combinators.combine(
                                header().filter(header -> header.sequence() != 0),
                                Arbitraries.integers().between(0, Protocol.PAUSE_MAXIMUM))
                        .as(Frame.Pause::new),
                Combinators.combine(header(), longs()).as(Frame.Resume::new),
                header().map(VcpuFrame.ReadVcpus::new),
                header().map(Frame.ReadCounters::new));
    }

    private static long unsignedMinimum(long first, long second) {
        return Long.compareUnsigned(first, second) < 0 ? first : second;
    }

    private static Arbitrary<FrameHeader> header() {
        return Combinators.combine(longs(), longs(), integers(), integers()).as(FrameHeader::new);
    }

    private static Arbitrary<UltracallRegisters> registers() {
        return Combinators.combine(longs(), longs(), longs(), longs()).as(UltracallRegisters::new);
    }

    private static Arbitrary<byte[]> portData() {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(252);
    }

    private static Arbitrary<Long> address() {
        return Arbitraries.longs().between(256, Protocol.MEMORY_END - 512);
    }

    private static Arbitrary<Long> copyAddress() {
        return Arbitraries.longs().between(1 << 15, Protocol.MEMORY_END - (1 << 16));
    }

    private static Arbitrary<Integer> step() {
        return Arbitraries.integers().between(-1, 1);
    }

    private static Arbitrary<Frame.Presence> presence() {
        return Arbitraries.of(Frame.Presence.class);
    }

    private static Arbitrary<Long> longs() {
        return Arbitraries.longs();
    }

    private static Arbitrary<Integer> integers() {
        return Arbitraries.integers();
    }

    private static Arbitrary<Integer> natural() {
        return Arbitraries.integers().between(0, Integer.MAX_VALUE);
    }

    private static Arbitrary<Integer> u16() {
        return Arbitraries.integers().between(0, 65535);
    }

    private static Arbitrary<Integer> octets() {
        return Arbitraries.integers().between(0, 255);
    }

    private static Arbitrary<Integer> irq() {
        return Arbitraries.integers().between(0, 15);
    }

    private static Arbitrary<Boolean> bits() {
        return Arbitraries.of(true, false);
    }
}
