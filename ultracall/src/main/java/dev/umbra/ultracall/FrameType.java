// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

/** Every kind of frame ({@code enum umbra_frame_type}). */
public enum FrameType {
    HELLO(0x0001),
    CLOUD_VM(0x0002),
    TENANT_VM(0x0003),
    VCPU(0x0004),
    ALARM(0x0005),
    PORT_WRITE(0x0006),
    PORT_READ(0x0007),
    ULTRACALL(0x0008),
    NUDGE(0x0009),
    COUNTERS(0x000a),
    REJECTED(0x000b),
    PORT_OBSERVED(0x000c),
    MEMORY_WRITE(0x000d),
    MEMORY_READ(0x000e),
    MEMORY_EXTENT(0x000f),
    MEMORY_COPY(0x0010),
    VCPU_REGISTERS(0x0011),
    PAUSED(0x0012),
    ATTACH(0x0101),
    PORT_READ_REPLY(0x0102),
    ULTRACALL_REPLY(0x0103),
    ACKNOWLEDGE(0x0104),
    CLAIM_PORTS(0x0105),
    INTERRUPT_LINE(0x0106),
    LATCH(0x0107),
    PAUSE(0x0108),
    RESUME(0x0109),
    READ_COUNTERS(0x010a),
    MEMORY_READ_REPLY(0x010b),
    CLAIM_MEMORY(0x010c),
    READ_MEMORY_LAYOUT(0x010d),
    READ_VCPUS(0x010e);

    private static final int SERVICE_BIT = 0x0100;
    private static final FrameType[] FROM_HYPERVISOR = table(0);
    private static final FrameType[] FROM_SERVICE = table(SERVICE_BIT);

    private final int code;

    FrameType(int code) {
        this.code = code;
    }

    /** The number on the wire. */
    public int code() {
        return code;
    }

    public Direction direction() {
        return code < SERVICE_BIT ? Direction.TO_SERVICE : Direction.TO_HYPERVISOR;
    }

    /** Whether nobody waits for an answer: frames of a tenant VM's stream that are only acknowledged. */
    public boolean posted() {
        return this == PORT_WRITE || this == MEMORY_WRITE || this == MEMORY_COPY || this == PORT_OBSERVED;
    }

    /** The type of a frame that travels in a direction, or null if that code is none. */
    static FrameType of(int code, Direction direction) {
        FrameType[] table = direction == Direction.TO_SERVICE ? FROM_HYPERVISOR : FROM_SERVICE;
        int index = direction == Direction.TO_SERVICE ? code : code - SERVICE_BIT;
        return index >= 0 && index < table.length ? table[index] : null;
    }

    /** Whether a code is known in either direction. */
    static boolean known(int code) {
        return of(code, Direction.TO_SERVICE) != null || of(code, Direction.TO_HYPERVISOR) != null;
    }

    private static FrameType[] table(int base) {
        FrameType[] table = new FrameType[19];
        for (FrameType type : values()) {
            if ((type.code & SERVICE_BIT) == base) {
                table[type.code - base] = type;
            }
        }
        return table;
    }
}
