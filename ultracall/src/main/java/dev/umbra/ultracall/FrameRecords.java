// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

import dev.umbra.ultracall.Frame.AlarmKind;
import dev.umbra.ultracall.Frame.Origin;
import dev.umbra.ultracall.Frame.Presence;
import dev.umbra.ultracall.Frame.Vendor;
import java.util.UUID;

/** Makes records of frames that were checked. */
final class FrameRecords {
    private static final Presence[] PRESENCES = Presence.values();
    private static final Vendor[] VENDORS = Vendor.values();
    private static final AlarmKind[] ALARMS = AlarmKind.values();
    private static final PortClaim[] CLAIMS = PortClaim.values();
    private static final Origin[] ORIGINS = Origin.values();

    private static final MemoryFrame.AddressSpace[] SPACES = MemoryFrame.AddressSpace.values();
    private static final VcpuFrame.VcpuState[] VCPU_STATES = VcpuFrame.VcpuState.values();
    private static final VcpuFrame.PauseState[] PAUSE_STATES = VcpuFrame.PauseState.values();

    private FrameRecords() {}

    static Frame read(FrameReader frame) {
        FrameHeader header = frame.header();
        return switch (frame.type()) {
            case HELLO ->
                new Frame.Hello(
                        header,
                        frame.shortAt(0),
                        frame.shortAt(2),
                        VENDORS[frame.intAt(4) - 1],
                        new UUID(Long.reverseBytes(frame.longAt(8)), Long.reverseBytes(frame.longAt(16))),
                        frame.intAt(24),
                        frame.intAt(28));
            case CLOUD_VM -> new Frame.CloudVm(header, presence(frame), frame.intAt(4));
            case TENANT_VM ->
                new Frame.TenantVm(
                        header,
                        presence(frame),
                        (frame.intAt(4) & 1) != 0,
                        (frame.intAt(4) & 2) != 0,
                        (frame.intAt(4) & 4) != 0,
                        frame.intAt(8),
                        frame.intAt(12),
                        frame.longAt(16),
                        frame.longAt(24),
                        frame.longAt(32),
                        frame.longAt(40));
            case VCPU -> new Frame.Vcpu(header, presence(frame), frame.intAt(4), frame.longAt(8), frame.longAt(16));
            case ALARM ->
                new Frame.Alarm(
                        header, ALARMS[frame.intAt(0) - 1], frame.longAt(8), frame.longAt(16), frame.longAt(24));
            case PORT_WRITE ->
                new Frame.PortWrite(
                        header,
                        frame.port(),
                        frame.accessSize(),
                        frame.bytesAt(8, frame.accessSize() * frame.accessCount()));
            case PORT_READ -> new Frame.PortRead(header, frame.port(), frame.accessSize(), frame.accessCount());
            case PORT_OBSERVED ->
                new Frame.PortObserved(
                        header, frame.port(), frame.accessSize(), frame.observedWrite(), frame.observedValue());
            case MEMORY_WRITE ->
                new MemoryFrame.MemoryWrite(
                        header,
                        frame.memoryAddress(0),
                        frame.memorySize(),
                        frame.memoryStep(),
                        frame.bytesAt(16, frame.memorySize() * frame.memoryCount()));
            case MEMORY_COPY ->
                new MemoryFrame.MemoryCopy(
                        header,
                        frame.copySource(0),
                        frame.copyDestination(0),
                        frame.copySize(),
                        frame.copyStep(),
                        frame.copyCount());
            case MEMORY_READ ->
                new MemoryFrame.MemoryRead(
                        header, frame.memoryAddress(0), frame.memorySize(), frame.memoryStep(), frame.memoryCount());
            case MEMORY_READ_REPLY -> new MemoryFrame.MemoryReadReply(header, frame.bytesAt(8, frame.replyLength()));
            case CLAIM_MEMORY ->
                new MemoryFrame.ClaimMemory(header, frame.longAt(0), frame.longAt(8), frame.intAt(16) == 1);
            case ULTRACALL ->
                new Frame.Ultracall(
                        header, ORIGINS[frame.byteAt(0) - 1], frame.privilege(), frame.function(), registers(frame));
            case NUDGE -> new Frame.Nudge(header, frame.irq(), frame.intAt(4));
            case COUNTERS -> new Frame.Counters(header, values(frame));
            case REJECTED -> new Frame.Rejected(header, frame.shortAt(0), frame.intAt(4));
            case ATTACH -> new Frame.Attach(header, frame.shortAt(0), frame.shortAt(2));
            case PORT_READ_REPLY -> new Frame.PortReadReply(header, frame.bytesAt(8, frame.replyLength()));
            case ULTRACALL_REPLY -> new Frame.UltracallReply(header, frame.longAt(0), registers(frame));
            case ACKNOWLEDGE -> new Frame.Acknowledge(header);
            case CLAIM_PORTS ->
                new Frame.ClaimPorts(header, frame.shortAt(0), frame.shortAt(2), CLAIMS[frame.intAt(4)]);
            case INTERRUPT_LINE -> new Frame.InterruptLine(header, frame.intAt(0), frame.intAt(4) == 1);
            case LATCH -> new Frame.Latch(header, frame.port(), frame.latchValid(), frame.latchValue());
            case MEMORY_EXTENT ->
                new MemoryFrame.MemoryExtent(
                        header,
                        frame.longAt(0),
                        frame.longAt(8),
                        frame.longAt(16),
                        frame.longAt(24),
                        frame.intAt(32),
                        frame.intAt(36),
                        (frame.intAt(40) & 1) != 0,
                        (frame.intAt(40) & 2) != 0);
            case READ_MEMORY_LAYOUT -> new MemoryFrame.ReadMemoryLayout(header, SPACES[frame.intAt(0) - 1]);
            case PAUSE -> new Frame.Pause(header, frame.payload() == 0 ? 0 : frame.intAt(0));
            case RESUME -> new Frame.Resume(header, frame.payload() == 0 ? 0 : frame.longAt(0));
            case READ_COUNTERS -> new Frame.ReadCounters(header);
            case READ_VCPUS -> new VcpuFrame.ReadVcpus(header);
            case VCPU_REGISTERS ->
                new VcpuFrame.VcpuRegisters(
                        header,
                        VCPU_STATES[frame.intAt(0) - 1],
                        (frame.intAt(4) & 1) != 0,
                        frame.longAt(8),
                        frame.longAt(16),
                        frame.longAt(24),
                        frame.longAt(32),
                        frame.longAt(40),
                        frame.longAt(48),
                        frame.intAt(56),
                        frame.intAt(60),
                        frame.longAt(64),
                        frame.longAt(72),
                        frame.longAt(80),
                        frame.longAt(88),
                        frame.longAt(96));
            case PAUSED ->
                new VcpuFrame.Paused(header, PAUSE_STATES[frame.intAt(0) - 1], frame.longAt(8), frame.longAt(16));
        };
    }

    private static Presence presence(FrameReader frame) {
        return PRESENCES[frame.intAt(0) - 1];
    }

    private static UltracallRegisters registers(FrameReader frame) {
        return new UltracallRegisters(frame.longAt(8), frame.longAt(16), frame.longAt(24), frame.longAt(32));
    }

    private static long[] values(FrameReader frame) {
        long[] values = new long[frame.intAt(0)];
        for (int index = 0; index < values.length; index++) {
            values[index] = frame.longAt(8 + (long) index * Long.BYTES);
        }
        return values;
    }
}
