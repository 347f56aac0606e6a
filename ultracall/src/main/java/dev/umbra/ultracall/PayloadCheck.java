// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

import dev.umbra.ultracall.FrameException.Reason;

/** Decides whether a payload is what its type allows, byte for byte: lengths, ranges, reserved fields, padding. */
final class PayloadCheck {
    private static final int PORT_HEAD = (int) WireLayout.PORT_WRITE.byteSize();
    private static final int MEMORY_HEAD = (int) WireLayout.MEMORY_WRITE.byteSize();
    private static final int COUNTERS_HEAD = 8;
    private static final int TENANT_VM_FLAGS = 7;

    private PayloadCheck() {}

    static void check(FrameReader frame, FrameType type, int payload) throws FrameException {
        switch (type) {
            case PORT_WRITE -> portWrite(frame, type, payload);
            case PORT_READ -> {
                size(type, payload, WireLayout.PORT_READ.byteSize());
                portAccess(frame, type);
            }
            case PORT_OBSERVED -> {
                size(type, payload, WireLayout.PORT_OBSERVED.byteSize());
                int octets = frame.byteAt(2);
                require(type, octets == 1 || octets == 2 || octets == 4, Reason.VALUE);
                range(type, frame.byteAt(3), 1, 2);
                require(type, octets == 4 || frame.intAt(4) >>> 8 * octets == 0, Reason.RESERVED);
            }
            case MEMORY_WRITE -> memoryWrite(frame, type, payload);
            case MEMORY_COPY -> memoryCopy(frame, type, payload);
            case MEMORY_READ -> {
                size(type, payload, WireLayout.MEMORY_READ.byteSize());
                memoryAccess(frame, type);
            }
            case PORT_READ_REPLY, MEMORY_READ_REPLY -> readReply(frame, type, payload);
            case ACKNOWLEDGE, READ_COUNTERS, READ_VCPUS -> size(type, payload, 0);
            case PAUSE -> pause(frame, type, payload);
            case RESUME -> {
                if (payload != 0) {
                    size(type, payload, WireLayout.RESUME.byteSize());
                    require(type, frame.longAt(0) != 0, Reason.VALUE);
                }
            }
            case VCPU_REGISTERS -> {
                size(type, payload, WireLayout.VCPU_REGISTERS.byteSize());
                range(type, frame.intAt(0), 1, VcpuFrame.VcpuState.values().length);
                require(type, (frame.intAt(4) & ~1) == 0, Reason.RESERVED);
                range(type, frame.intAt(56), 0, 0xffff);
                range(type, frame.intAt(60), 0, 3);
            }
            case PAUSED -> {
                size(type, payload, WireLayout.PAUSED.byteSize());
                range(type, frame.intAt(0), 1, VcpuFrame.PauseState.values().length);
                zero(type, frame.intAt(4));
                require(type, frame.longAt(8) >= 0 && frame.longAt(16) >= 0, Reason.VALUE);
            }
            case LATCH -> {
                size(type, payload, WireLayout.LATCH.byteSize());
                zero(type, frame.intAt(4));
                range(type, frame.byteAt(2), 0, 1);
                require(type, frame.byteAt(2) == 1 || frame.byteAt(3) == 0, Reason.RESERVED);
            }
            case INTERRUPT_LINE -> {
                size(type, payload, WireLayout.INTERRUPT_LINE.byteSize());
                range(type, frame.intAt(0), 0, 15);
                range(type, frame.intAt(4), 0, 1);
            }
            case ULTRACALL -> {
                size(type, payload, WireLayout.ULTRACALL.byteSize());
                zero(type, frame.shortAt(2));
                range(type, frame.byteAt(0), 1, Frame.Origin.values().length);
                range(type, frame.byteAt(1), 0, 3);
            }
            case ULTRACALL_REPLY -> size(type, payload, WireLayout.ULTRACALL_REPLY.byteSize());
            case NUDGE -> {
                size(type, payload, WireLayout.NUDGE.byteSize());
                range(type, frame.intAt(0), 0, 15);
                range(type, frame.intAt(4), 0, 255);
            }
            case HELLO -> {
                size(type, payload, WireLayout.HELLO.byteSize());
                range(type, frame.intAt(4), 1, 2);
                require(type, frame.intAt(24) > 0 && frame.intAt(28) > 0, Reason.VALUE);
            }
            case CLOUD_VM -> {
                size(type, payload, WireLayout.CLOUD_VM.byteSize());
                range(type, frame.intAt(0), 1, 2);
            }
            case TENANT_VM -> tenantVm(frame, type, payload);
            case VCPU -> {
                size(type, payload, WireLayout.VCPU.byteSize());
                range(type, frame.intAt(0), 1, 2);
            }
            case ALARM -> {
                size(type, payload, WireLayout.ALARM.byteSize());
                zero(type, frame.intAt(4));
                range(type, frame.intAt(0), 1, Frame.AlarmKind.values().length);
            }
            case COUNTERS -> counters(frame, type, payload);
            case REJECTED -> {
                size(type, payload, WireLayout.REJECTED.byteSize());
                zero(type, frame.shortAt(2));
                range(type, frame.intAt(4), 1, 4095);
            }
            case ATTACH -> {
                size(type, payload, WireLayout.ATTACH.byteSize());
                zero(type, frame.intAt(4));
                require(type, frame.shortAt(0) <= frame.shortAt(2), Reason.VALUE);
            }
            case MEMORY_EXTENT -> {
                size(type, payload, WireLayout.MEMORY_EXTENT.byteSize());
                int flags = frame.intAt(40);
                require(type, flags == 0 || flags == 1 || flags == 3, Reason.VALUE);
                range(type, frame.intAt(36), 0, Integer.MAX_VALUE);
                zero(type, frame.intAt(44));
            }
            case READ_MEMORY_LAYOUT -> {
                size(type, payload, WireLayout.READ_MEMORY_LAYOUT.byteSize());
                range(type, frame.intAt(0), 1, 2);
                zero(type, frame.intAt(4));
            }
            case CLAIM_PORTS -> {
                size(type, payload, WireLayout.CLAIM_PORTS.byteSize());
                range(type, frame.intAt(4), 0, PortClaim.values().length - 1);
                range(type, frame.shortAt(2), 1, 0x10000 - frame.shortAt(0));
            }
            case CLAIM_MEMORY -> {
                size(type, payload, WireLayout.CLAIM_MEMORY.byteSize());
                zero(type, frame.intAt(20));
                range(type, frame.intAt(16), 0, 1);
                require(type, pages(frame.longAt(0), frame.longAt(8)), Reason.VALUE);
            }
        }
    }

    /** Without payload it has no bound. */
    private static void pause(FrameReader frame, FrameType type, int payload) throws FrameException {
        if (payload != 0) {
            size(type, payload, WireLayout.PAUSE.byteSize());
            range(type, frame.intAt(0), 1, Protocol.PAUSE_MAXIMUM);
            zero(type, frame.intAt(4));
            require(type, frame.sequence() != 0, Reason.VALUE);
        }
    }

    private static void portWrite(FrameReader frame, FrameType type, int payload) throws FrameException {
        require(type, payload >= PORT_HEAD, Reason.PAYLOAD_LENGTH);
        int bytes = portAccess(frame, type);
        size(type, payload, PORT_HEAD + (bytes + 7 & ~7));
        padding(frame, type, PORT_HEAD + bytes, payload);
    }

    private static int portAccess(FrameReader frame, FrameType type) throws FrameException {
        zero(type, frame.byteAt(3));
        int size = frame.byteAt(2);
        require(type, size == 1 || size == 2 || size == 4, Reason.VALUE);
        int count = frame.intAt(4);
        range(type, count, 1, Protocol.PORT_DATA_MAXIMUM / size);
        return count * size;
    }

    private static void memoryWrite(FrameReader frame, FrameType type, int payload) throws FrameException {
        require(type, payload >= MEMORY_HEAD, Reason.PAYLOAD_LENGTH);
        int bytes = memoryAccess(frame, type);
        size(type, payload, MEMORY_HEAD + (bytes + 7 & ~7));
        padding(frame, type, MEMORY_HEAD + bytes, payload);
    }

    private static int memoryAccess(FrameReader frame, FrameType type) throws FrameException {
        int size = run(frame, type, 8, Protocol.PORT_DATA_MAXIMUM);
        int count = frame.intAt(12);
        range(type, count, 1, Protocol.PORT_DATA_MAXIMUM / size);
        within(type, frame.longAt(0), size, frame.byteAt(9), count);
        return count * size;
    }

    private static void memoryCopy(FrameReader frame, FrameType type, int payload) throws FrameException {
        size(type, payload, WireLayout.MEMORY_COPY.byteSize());
        int size = run(frame, type, 16, Protocol.COPY_MAXIMUM);
        within(type, frame.longAt(0), size, frame.byteAt(17), frame.intAt(20));
        within(type, frame.longAt(8), size, frame.byteAt(17), frame.intAt(20));
    }

    /** Size, step, a reserved field and the count of accesses; returns the size. */
    private static int run(FrameReader frame, FrameType type, int at, int most) throws FrameException {
        int size = frame.byteAt(at);
        require(type, size == 1 || size == 2 || size == 4 || size == 8, Reason.VALUE);
        range(type, (byte) frame.byteAt(at + 1), -1, 1);
        zero(type, frame.shortAt(at + 2));
        range(type, frame.intAt(at + 4), 1, most);
        return size;
    }

    /** A run stays within the tenant's physical addresses, whatever its direction. */
    private static void within(FrameType type, long first, int size, int step, int count) throws FrameException {
        long last = first + (long) (byte) step * (count - 1) * size;
        require(type, first >= 0 && first <= Protocol.MEMORY_END - size, Reason.VALUE);
        require(type, last >= 0 && last <= Protocol.MEMORY_END - size, Reason.VALUE);
    }

    /** Whether a range is one of whole pages, at least one, of physical memory. */
    static boolean pages(long base, long length) {
        return ((base | length) & Protocol.PAGE_SIZE - 1) == 0
                && base >= 0
                && length > 0
                && base < Protocol.MEMORY_END
                && length <= Protocol.MEMORY_END - base;
    }

    private static void readReply(FrameReader frame, FrameType type, int payload) throws FrameException {
        require(type, payload >= PORT_HEAD, Reason.PAYLOAD_LENGTH);
        zero(type, frame.intAt(4));
        int bytes = frame.intAt(0);
        range(type, bytes, 1, Protocol.PORT_DATA_MAXIMUM);
        size(type, payload, PORT_HEAD + (bytes + 7 & ~7));
        padding(frame, type, PORT_HEAD + bytes, payload);
    }

    private static void tenantVm(FrameReader frame, FrameType type, int payload) throws FrameException {
        size(type, payload, WireLayout.TENANT_VM.byteSize());
        range(type, frame.intAt(0), 1, 2);
        require(type, (frame.intAt(4) & ~TENANT_VM_FLAGS) == 0, Reason.RESERVED);
        require(type, frame.intAt(8) >= 0 && frame.intAt(12) >= 0, Reason.VALUE);
        require(type, Long.compareUnsigned(frame.longAt(16), frame.longAt(24)) <= 0, Reason.VALUE);
    }

    private static void counters(FrameReader frame, FrameType type, int payload) throws FrameException {
        require(type, payload >= COUNTERS_HEAD, Reason.PAYLOAD_LENGTH);
        zero(type, frame.intAt(4));
        int count = frame.intAt(0);
        range(type, count, 0, (Protocol.FRAME_MAXIMUM - Protocol.HEADER_SIZE - COUNTERS_HEAD) / Long.BYTES);
        size(type, payload, COUNTERS_HEAD + (long) count * Long.BYTES);
    }

    private static void padding(FrameReader frame, FrameType type, int from, int to) throws FrameException {
        for (int index = from; index < to; index++) {
            zero(type, frame.byteAt(index));
        }
    }

    private static void size(FrameType type, int payload, long expected) throws FrameException {
        require(type, payload == expected, Reason.PAYLOAD_LENGTH);
    }

    private static void range(FrameType type, int value, int lowest, int highest) throws FrameException {
        require(type, value >= lowest && value <= highest, Reason.VALUE);
    }

    private static void zero(FrameType type, int reserved) throws FrameException {
        require(type, reserved == 0, Reason.RESERVED);
    }

    private static void require(FrameType type, boolean condition, Reason reason) throws FrameException {
        if (!condition) {
            throw new FrameException(reason, type);
        }
    }
}
