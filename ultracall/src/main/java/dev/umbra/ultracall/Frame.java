// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

import java.util.Arrays;
import java.util.UUID;

/**
 * A message between L0 and the services. The header file {@code umbra/ultracall.h} says what each one means; the
 * records here are for the rare ones and for tests. Frequent ones are read with {@link FrameReader} and written with
 * {@link FrameWriter} without making an object.
 */
public sealed interface Frame
        permits Frame.Hello,
                Frame.CloudVm,
                Frame.TenantVm,
                Frame.Vcpu,
                Frame.Alarm,
                Frame.PortWrite,
                Frame.PortRead,
                Frame.PortObserved,
                Frame.Ultracall,
                Frame.Nudge,
                Frame.Counters,
                Frame.Rejected,
                Frame.Attach,
                Frame.PortReadReply,
                Frame.UltracallReply,
                Frame.Acknowledge,
                Frame.ClaimPorts,
                Frame.InterruptLine,
                Frame.Latch,
                Frame.Pause,
                Frame.Resume,
                Frame.ReadCounters,
                MemoryFrame,
                VcpuFrame {
    FrameHeader header();

    FrameType type();

    /** Whether a VM is there. */
    enum Presence {
        PRESENT,
        GONE
    }

    /** Whose virtualization instructions L0 runs on. */
    enum Vendor {
        SVM,
        VMX
    }

    /** What L0 found ({@code enum umbra_alarm_kind}). */
    enum AlarmKind {
        ROOT_SHARED,
        VCPU_MOVED,
        LIMIT,
        OVERFLOW,
        UNDECODABLE
    }

    /** Who made an ultracall. */
    enum Origin {
        TENANT,
        CLOUD,
        PORT
    }

    /** First frame after ATTACH. */
    record Hello(
            FrameHeader header, int major, int minor, Vendor vendor, UUID instance, int queueFrames, int maximumFrame)
            implements Frame {
        @Override
        public FrameType type() {
            return FrameType.HELLO;
        }
    }

    record CloudVm(FrameHeader header, Presence presence, int processId) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.CLOUD_VM;
        }
    }

    record TenantVm(
            FrameHeader header,
            Presence presence,
            boolean paused,
            boolean disputed,
            boolean fiveLevels,
            int vcpus,
            int resets,
            long acknowledged,
            long newest,
            long nestedRoot,
            long rootChanges)
            implements Frame {
        @Override
        public FrameType type() {
            return FrameType.TENANT_VM;
        }
    }

    record Vcpu(FrameHeader header, Presence presence, int apicId, long controlBlock, long nestedRoot)
            implements Frame {
        @Override
        public FrameType type() {
            return FrameType.VCPU;
        }
    }

    record Alarm(FrameHeader header, AlarmKind kind, long otherTenantVm, long evidence0, long evidence1)
            implements Frame {
        @Override
        public FrameType type() {
            return FrameType.ALARM;
        }
    }

    /** Posted; {@code data} holds a whole number of accesses of {@code size} bytes. */
    record PortWrite(FrameHeader header, int port, int size, byte[] data) implements Frame {
        public PortWrite {
            data = data.clone();
        }

        @Override
        public byte[] data() {
            return data.clone();
        }

        @Override
        public FrameType type() {
            return FrameType.PORT_WRITE;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof PortWrite that
                    && header.equals(that.header)
                    && port == that.port
                    && size == that.size
                    && Arrays.equals(data, that.data);
        }

        @Override
        public int hashCode() {
            return 31 * header.hashCode() + Arrays.hashCode(data);
        }

        @Override
        public String toString() {
            return "PortWrite[" + header + ", port=" + port + ", size=" + size + ", bytes=" + data.length + "]";
        }
    }

    record PortRead(FrameHeader header, int port, int size, int count) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.PORT_READ;
        }
    }

    /** Posted: L1 served this access. The value may be a keystroke, so it does not show itself. */
    record PortObserved(FrameHeader header, int port, int size, boolean write, int value) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.PORT_OBSERVED;
        }

        @Override
        public String toString() {
            return "PortObserved[" + header + ", port=" + port + ", size=" + size + ", write=" + write + "]";
        }
    }

    record Ultracall(FrameHeader header, Origin origin, int privilege, int function, UltracallRegisters arguments)
            implements Frame {
        @Override
        public FrameType type() {
            return FrameType.ULTRACALL;
        }
    }

    record Nudge(FrameHeader header, int irq, int vector) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.NUDGE;
        }
    }

    /** Values by {@link HypervisorCounter#ordinal}; there may be fewer or more of them than this code knows. */
    record Counters(FrameHeader header, long[] values) implements Frame {
        public Counters {
            values = values.clone();
        }

        @Override
        public long[] values() {
            return values.clone();
        }

        @Override
        public FrameType type() {
            return FrameType.COUNTERS;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Counters that && header.equals(that.header) && Arrays.equals(values, that.values);
        }

        @Override
        public int hashCode() {
            return 31 * header.hashCode() + Arrays.hashCode(values);
        }

        @Override
        public String toString() {
            return "Counters[" + header + ", " + Arrays.toString(values) + "]";
        }
    }

    /** {@code rejectedType} is a number, since the refused frame may have had none of the known types. */
    record Rejected(FrameHeader header, int rejectedType, int error) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.REJECTED;
        }
    }

    record Attach(FrameHeader header, int lowestMajor, int highestMajor) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.ATTACH;
        }
    }

    record PortReadReply(FrameHeader header, byte[] data) implements Frame {
        public PortReadReply {
            data = data.clone();
        }

        @Override
        public byte[] data() {
            return data.clone();
        }

        @Override
        public FrameType type() {
            return FrameType.PORT_READ_REPLY;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof PortReadReply that && header.equals(that.header) && Arrays.equals(data, that.data);
        }

        @Override
        public int hashCode() {
            return 31 * header.hashCode() + Arrays.hashCode(data);
        }

        @Override
        public String toString() {
            return "PortReadReply[" + header + ", bytes=" + data.length + "]";
        }
    }

    record UltracallReply(FrameHeader header, long status, UltracallRegisters results) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.ULTRACALL_REPLY;
        }
    }

    record Acknowledge(FrameHeader header) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.ACKNOWLEDGE;
        }
    }

    record ClaimPorts(FrameHeader header, int base, int count, PortClaim claim) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.CLAIM_PORTS;
        }
    }

    record InterruptLine(FrameHeader header, int irq, boolean level) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.INTERRUPT_LINE;
        }
    }

    record Latch(FrameHeader header, int port, boolean valid, int value) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.LATCH;
        }
    }

    /**
     * Holds a VM.
     *
     * @param boundMillis for so long at most; 0: until it is resumed, whatever becomes of the service
     */
    record Pause(FrameHeader header, int boundMillis) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.PAUSE;
        }
    }

    /**
     * Ends a pause.
     *
     * @param pause sequence of the one with a bound; 0: the one without
     */
    record Resume(FrameHeader header, long pause) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.RESUME;
        }
    }

    record ReadCounters(FrameHeader header) implements Frame {
        @Override
        public FrameType type() {
            return FrameType.READ_COUNTERS;
        }
    }
}
