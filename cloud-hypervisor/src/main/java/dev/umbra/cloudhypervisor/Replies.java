// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.cloudhypervisor.journal.TenantJournal;
import dev.umbra.ultracall.FrameReader;
import dev.umbra.ultracall.FrameWriter;
import dev.umbra.ultracall.UltracallRegisters;
import dev.umbra.ultracall.UltracallStatus;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The answers that a VM's vCPUs wait for. Each goes into the journal before the commit of its question and to L0 after
 * it, straight from the journal's memory.
 */
final class Replies {
    /** What an entry in the journal is; 0 is none. */
    static final int PORT_READ = 1;

    static final int ULTRACALL = 2;
    /** An ultracall that has to be carried out, or carried out again. */
    static final int PENDING = 3;
    /** An enrolment that may have succeeded: the VM was unclaimed just before. */
    static final int PENDING_ENROLMENT = 4;

    static final int MEMORY_READ = 5;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long LOWER_HALF = 0xffff_ffffL;
    private static final int ULTRACALL_LENGTH = 5 * Long.BYTES;

    private final TenantJournal journal;
    private final long[] due = new long[TenantJournal.VCPUS];
    private final long[] sequences = new long[TenantJournal.VCPUS];
    private final int[] registers = new int[4];
    private long waiting;

    Replies(TenantJournal journal) {
        this.journal = journal;
    }

    /** Whether an answer to this vCPU was prepared and not sent. */
    boolean waiting(int vcpu) {
        return (waiting & 1L << vcpu) != 0;
    }

    boolean any() {
        return waiting != 0;
    }

    /** Nobody is there to be answered; questions will come again. */
    void drop() {
        waiting = 0;
    }

    void portRead(FrameReader frame, TenantDevices devices) {
        int vcpu = frame.vcpu();
        int port = frame.port();
        int size = frame.accessSize();
        int count = frame.accessCount();
        long data = journal.stageReply(vcpu);
        MemorySegment memory = journal.memory();
        for (int access = 0; access < count; access++) {
            int value = devices.read(port, size);
            for (int octet = 0; octet < size; octet++) {
                memory.set(ValueLayout.JAVA_BYTE, data + (long) access * size + octet, (byte) (value >>> 8 * octet));
            }
        }
        finish(vcpu, frame.sequence(), PORT_READ, count * size, data);
    }

    void memoryRead(FrameReader frame, TenantDevices devices) {
        int vcpu = frame.vcpu();
        int size = frame.memorySize();
        int count = frame.memoryCount();
        long data = journal.stageReply(vcpu);
        MemorySegment memory = journal.memory();
        for (int access = 0; access < count; access++) {
            long value = devices.memoryRead(frame.memoryAddress(access), size);
            for (int octet = 0; octet < size; octet++) {
                memory.set(ValueLayout.JAVA_BYTE, data + (long) access * size + octet, (byte) (value >>> 8 * octet));
            }
        }
        finish(vcpu, frame.sequence(), MEMORY_READ, count * size, data);
    }

    /**
     * Answers a read as an empty bus does, for want of anything better.
     *
     * @param kind {@link #PORT_READ} or {@link #MEMORY_READ}
     */
    void floatingBus(int vcpu, long sequence, int kind, int length) {
        long data = journal.stageReply(vcpu);
        journal.memory().asSlice(data, length).fill((byte) 0xff);
        finish(vcpu, sequence, kind, length, data);
    }

    void ultracall(int vcpu, long sequence, long status, UltracallRegisters results) {
        long data = journal.stageReply(vcpu);
        MemorySegment memory = journal.memory();
        memory.set(LONG, data, status);
        memory.set(LONG, data + 8, results.rcx());
        memory.set(LONG, data + 16, results.rdx());
        memory.set(LONG, data + 24, results.rsi());
        memory.set(LONG, data + 32, results.rdi());
        finish(vcpu, sequence, ULTRACALL, ULTRACALL_LENGTH, data);
    }

    void registerCall(FrameReader frame, TenantDevices devices) {
        for (int index = 0; index < registers.length; index++) {
            registers[index] = (int) frame.argument(index);
        }
        devices.registerCall(frame.function(), registers);
        registers(frame, registers[0], registers[1], registers[2], registers[3]);
    }

    /** Answers a call by registers as an empty bus does. */
    void floatingCall(FrameReader frame) {
        registers(frame, -1, frame.argument(1), frame.argument(2), frame.argument(3));
    }

    private void registers(FrameReader frame, long eax, long ebx, long ecx, long edx) {
        ultracall(
                frame.vcpu(),
                frame.sequence(),
                UltracallStatus.OK.value(),
                new UltracallRegisters(eax & LOWER_HALF, ebx & LOWER_HALF, ecx & LOWER_HALF, edx & LOWER_HALF));
    }

    /** Notes that an ultracall is under way; it will be answered later. */
    void pending(int vcpu, long sequence, int kind) {
        journal.stageReply(vcpu);
        journal.finishReply(vcpu, sequence, kind, 0);
    }

    /** What the journal holds for a question: a kind, or 0. */
    int kept(int vcpu, long sequence) {
        long data = journal.reply(vcpu, sequence);
        return data < 0 ? 0 : journal.replyKind(data);
    }

    /** Gives an answer again; the caller knows that one of this kind is kept. */
    void repeat(int vcpu, long sequence) {
        due[vcpu] = journal.reply(vcpu, sequence);
        sequences[vcpu] = sequence;
        waiting |= 1L << vcpu;
    }

    /** Whether a kept answer fits the question that came again. */
    boolean fits(int vcpu, long sequence, int kind, int length) {
        long data = journal.reply(vcpu, sequence);
        return data >= 0 && journal.replyKind(data) == kind && journal.replyLength(data) == length;
    }

    boolean fitsUltracall(int vcpu, long sequence) {
        return fits(vcpu, sequence, ULTRACALL, ULTRACALL_LENGTH);
    }

    void send(FrameWriter output, long tenantVm, int cloudVm) {
        while (waiting != 0) {
            int vcpu = Long.numberOfTrailingZeros(waiting);
            waiting &= waiting - 1;
            long data = due[vcpu];
            MemorySegment memory = journal.memory();
            if (journal.replyKind(data) == PORT_READ) {
                output.portReadReply(sequences[vcpu], tenantVm, cloudVm, vcpu, memory, data, journal.replyLength(data));
            } else if (journal.replyKind(data) == MEMORY_READ) {
                output.memoryReadReply(
                        sequences[vcpu], tenantVm, cloudVm, vcpu, memory, data, journal.replyLength(data));
            } else {
                output.ultracallReply(
                        sequences[vcpu],
                        tenantVm,
                        cloudVm,
                        vcpu,
                        memory.get(LONG, data),
                        memory.get(LONG, data + 8),
                        memory.get(LONG, data + 16),
                        memory.get(LONG, data + 24),
                        memory.get(LONG, data + 32));
            }
        }
    }

    private void finish(int vcpu, long sequence, int kind, int length, long data) {
        journal.finishReply(vcpu, sequence, kind, length);
        due[vcpu] = data;
        sequences[vcpu] = sequence;
        waiting |= 1L << vcpu;
    }
}
