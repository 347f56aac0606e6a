// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

import static dev.umbra.ultracall.WireLayout.LE16;
import static dev.umbra.ultracall.WireLayout.LE32;
import static dev.umbra.ultracall.WireLayout.LE64;
import static dev.umbra.ultracall.WireLayout.U8;

import java.lang.foreign.MemorySegment;

/** Encodes the records of {@link Frame}. */
final class RecordWriter {
    private RecordWriter() {}

    static void write(FrameWriter writer, Frame frame) {
        FrameHeader header = frame.header();
        MemorySegment buffer = writer.buffer();
        switch (frame) {
            case Frame.Hello hello -> {
                long at = begin(writer, frame, 32);
                buffer.set(LE16, at, (short) hello.major());
                buffer.set(LE16, at + 2, (short) hello.minor());
                buffer.set(LE32, at + 4, hello.vendor().ordinal() + 1);
                buffer.set(LE64, at + 8, Long.reverseBytes(hello.instance().getMostSignificantBits()));
                buffer.set(LE64, at + 16, Long.reverseBytes(hello.instance().getLeastSignificantBits()));
                buffer.set(LE32, at + 24, hello.queueFrames());
                buffer.set(LE32, at + 28, hello.maximumFrame());
            }
            case Frame.CloudVm cloudVm ->
                integers(writer, frame, cloudVm.presence().ordinal() + 1, cloudVm.processId());
            case Frame.TenantVm tenantVm -> {
                long at = begin(writer, frame, 48);
                buffer.set(LE32, at, tenantVm.presence().ordinal() + 1);
                buffer.set(
                        LE32,
                        at + 4,
                        (tenantVm.paused() ? 1 : 0) | (tenantVm.disputed() ? 2 : 0) | (tenantVm.fiveLevels() ? 4 : 0));
                buffer.set(LE32, at + 8, tenantVm.vcpus());
                buffer.set(LE32, at + 12, tenantVm.resets());
                buffer.set(LE64, at + 16, tenantVm.acknowledged());
                buffer.set(LE64, at + 24, tenantVm.newest());
                buffer.set(LE64, at + 32, tenantVm.nestedRoot());
                buffer.set(LE64, at + 40, tenantVm.rootChanges());
            }
            case Frame.Vcpu vcpu -> {
                long at = begin(writer, frame, 24);
                buffer.set(LE32, at, vcpu.presence().ordinal() + 1);
                buffer.set(LE32, at + 4, vcpu.apicId());
                buffer.set(LE64, at + 8, vcpu.controlBlock());
                buffer.set(LE64, at + 16, vcpu.nestedRoot());
            }
            case Frame.Alarm alarm -> {
                long at = begin(writer, frame, 32);
                buffer.set(LE32, at, alarm.kind().ordinal() + 1);
                buffer.set(LE32, at + 4, 0);
                buffer.set(LE64, at + 8, alarm.otherTenantVm());
                buffer.set(LE64, at + 16, alarm.evidence0());
                buffer.set(LE64, at + 24, alarm.evidence1());
            }
            case Frame.PortWrite write -> {
                byte[] data = write.data();
                FrameWriter.requireSize(write.size());
                FrameWriter.requireRange(data.length, write.size(), Protocol.PORT_DATA_MAXIMUM);
                if (data.length % write.size() != 0) {
                    throw new IllegalArgumentException("data is not a whole number of accesses");
                }
                long at = begin(writer, frame, 8 + (data.length + 7 & ~7));
                writer.portAccess(at, write.port(), write.size(), data.length / write.size());
                bytes(buffer, at + 8, data);
            }
            case Frame.PortRead read ->
                writer.portRead(
                        header.sequence(),
                        header.tenantVm(),
                        header.cloudVm(),
                        header.vcpu(),
                        read.port(),
                        read.size(),
                        read.count());
            case Frame.PortObserved observed -> {
                FrameWriter.requireSize(observed.size());
                integers(
                        writer,
                        frame,
                        observed.port() & 0xffff | observed.size() << 16 | (observed.write() ? 1 : 2) << 24,
                        observed.value());
            }
            case MemoryFrame.MemoryWrite write -> {
                byte[] data = write.data();
                if (data.length % write.size() != 0) {
                    throw new IllegalArgumentException("data is not a whole number of accesses");
                }
                int count = data.length / write.size();
                FrameWriter.requireMemoryAccess(write.size(), write.step(), count);
                long at = begin(writer, frame, 16 + (data.length + 7 & ~7));
                writer.memoryAccess(at, write.address(), write.size(), write.step(), count);
                bytes(buffer, at + 16, data);
            }
            case MemoryFrame.MemoryCopy copy -> {
                FrameWriter.requireMemoryAccess(copy.size(), copy.step(), 1);
                FrameWriter.requireRange(copy.count(), 1, Protocol.COPY_MAXIMUM);
                long at = begin(writer, frame, 24);
                buffer.set(LE64, at, copy.source());
                buffer.set(LE64, at + 8, copy.destination());
                buffer.set(U8, at + 16, (byte) copy.size());
                buffer.set(U8, at + 17, (byte) copy.step());
                buffer.set(LE16, at + 18, (short) 0);
                buffer.set(LE32, at + 20, copy.count());
            }
            case MemoryFrame.MemoryRead read ->
                writer.memoryRead(
                        header.sequence(),
                        header.tenantVm(),
                        header.cloudVm(),
                        header.vcpu(),
                        read.address(),
                        read.size(),
                        read.step(),
                        read.count());
            case MemoryFrame.MemoryReadReply reply -> readReply(writer, frame, reply.data());
            case MemoryFrame.ClaimMemory claim -> {
                long at = begin(writer, frame, 24);
                buffer.set(LE64, at, claim.base());
                buffer.set(LE64, at + 8, claim.length());
                buffer.set(LE32, at + 16, claim.claimed() ? 1 : 0);
                buffer.set(LE32, at + 20, 0);
            }
            case Frame.Ultracall call -> {
                long at = begin(writer, frame, 40);
                buffer.set(U8, at, (byte) (call.origin().ordinal() + 1));
                buffer.set(U8, at + 1, (byte) call.privilege());
                buffer.set(LE16, at + 2, (short) 0);
                buffer.set(LE32, at + 4, call.function());
                registers(buffer, at + 8, call.arguments());
            }
            case Frame.Nudge nudge -> integers(writer, frame, nudge.irq(), nudge.vector());
            case Frame.Counters counters -> {
                long[] values = counters.values();
                long at = begin(writer, frame, 8 + values.length * Long.BYTES);
                buffer.set(LE32, at, values.length);
                buffer.set(LE32, at + 4, 0);
                for (int index = 0; index < values.length; index++) {
                    buffer.set(LE64, at + 8 + (long) index * Long.BYTES, values[index]);
                }
            }
            case Frame.Rejected rejected -> integers(writer, frame, rejected.rejectedType() & 0xffff, rejected.error());
            case Frame.Attach attach ->
                integers(writer, frame, attach.lowestMajor() & 0xffff | attach.highestMajor() << 16, 0);
            case Frame.PortReadReply reply -> readReply(writer, frame, reply.data());
            case Frame.UltracallReply reply -> {
                long at = begin(writer, frame, 40);
                buffer.set(LE64, at, reply.status());
                registers(buffer, at + 8, reply.results());
            }
            case Frame.ClaimPorts claim ->
                integers(
                        writer,
                        frame,
                        claim.base() & 0xffff | claim.count() << 16,
                        claim.claim().ordinal());
            case Frame.InterruptLine line -> {
                FrameWriter.requireRange(line.irq(), 0, 15);
                integers(writer, frame, line.irq(), line.level() ? 1 : 0);
            }
            case Frame.Latch latch ->
                integers(
                        writer,
                        frame,
                        latch.port() & 0xffff
                                | (latch.valid() ? 1 << 16 : 0)
                                | (latch.valid() ? (latch.value() & 0xff) << 24 : 0),
                        0);
            case MemoryFrame.MemoryExtent extent -> {
                long at = begin(writer, frame, 48);
                buffer.set(LE64, at, extent.cloudPhysical());
                buffer.set(LE64, at + 8, extent.length());
                buffer.set(LE64, at + 16, extent.offset());
                buffer.set(LE64, at + 24, extent.inode());
                buffer.set(LE32, at + 32, extent.device());
                buffer.set(LE32, at + 36, extent.index());
                buffer.set(LE32, at + 40, (extent.last() ? 1 : 0) | (extent.incomplete() ? 2 : 0));
                buffer.set(LE32, at + 44, 0);
            }
            case MemoryFrame.ReadMemoryLayout read ->
                integers(writer, frame, read.addressSpace().ordinal() + 1, 0);
            case Frame.Acknowledge acknowledge -> begin(writer, acknowledge, 0);
            case Frame.Pause pause -> {
                FrameWriter.requireRange(pause.boundMillis(), 0, Protocol.PAUSE_MAXIMUM);
                if (pause.boundMillis() == 0) {
                    begin(writer, frame, 0);
                } else {
                    integers(writer, frame, pause.boundMillis(), 0);
                }
            }
            case Frame.Resume resume -> {
                long at = begin(writer, frame, resume.pause() == 0 ? 0 : 8);
                if (resume.pause() != 0) {
                    buffer.set(LE64, at, resume.pause());
                }
            }
            case VcpuFrame.ReadVcpus read -> begin(writer, read, 0);
            case VcpuFrame.VcpuRegisters registers -> vcpuRegisters(writer, registers);
            case VcpuFrame.Paused paused -> {
                long at = begin(writer, frame, 24);
                buffer.set(LE32, at, paused.state().ordinal() + 1);
                buffer.set(LE32, at + 4, 0);
                buffer.set(LE64, at + 8, paused.settled());
                buffer.set(LE64, at + 16, paused.length());
            }
            case Frame.ReadCounters read -> begin(writer, read, 0);
        }
    }

    private static void vcpuRegisters(FrameWriter writer, VcpuFrame.VcpuRegisters registers) {
        MemorySegment buffer = writer.buffer();
        long at = begin(writer, registers, 104);
        buffer.set(LE32, at, registers.state().ordinal() + 1);
        buffer.set(LE32, at + 4, registers.last() ? 1 : 0);
        buffer.set(LE64, at + 8, registers.cr0());
        buffer.set(LE64, at + 16, registers.cr3());
        buffer.set(LE64, at + 24, registers.cr4());
        buffer.set(LE64, at + 32, registers.efer());
        buffer.set(LE64, at + 40, registers.gdtBase());
        buffer.set(LE64, at + 48, registers.idtBase());
        buffer.set(LE32, at + 56, registers.idtLimit());
        buffer.set(LE32, at + 60, registers.privilege());
        buffer.set(LE64, at + 64, registers.lstar());
        buffer.set(LE64, at + 72, registers.gsBase());
        buffer.set(LE64, at + 80, registers.kernelGsBase());
        buffer.set(LE64, at + 88, registers.rip());
        buffer.set(LE64, at + 96, registers.rsp());
    }

    private static long begin(FrameWriter writer, Frame frame, int payload) {
        FrameHeader header = frame.header();
        return writer.begin(
                frame.type(), payload, header.sequence(), header.tenantVm(), header.cloudVm(), header.vcpu());
    }

    private static void readReply(FrameWriter writer, Frame frame, byte[] data) {
        FrameWriter.requireRange(data.length, 1, Protocol.PORT_DATA_MAXIMUM);
        long at = begin(writer, frame, 8 + (data.length + 7 & ~7));
        writer.buffer().set(LE32, at, data.length);
        writer.buffer().set(LE32, at + 4, 0);
        bytes(writer.buffer(), at + 8, data);
    }

    private static void integers(FrameWriter writer, Frame frame, int first, int second) {
        long at = begin(writer, frame, 8);
        writer.buffer().set(LE32, at, first);
        writer.buffer().set(LE32, at + 4, second);
    }

    private static void registers(MemorySegment buffer, long at, UltracallRegisters registers) {
        buffer.set(LE64, at, registers.rcx());
        buffer.set(LE64, at + 8, registers.rdx());
        buffer.set(LE64, at + 16, registers.rsi());
        buffer.set(LE64, at + 24, registers.rdi());
    }

    private static void bytes(MemorySegment buffer, long at, byte[] data) {
        buffer.set(LE64, at + (data.length + 7 & ~7) - Long.BYTES, 0);
        MemorySegment.copy(data, 0, buffer, U8, at, data.length);
    }
}
