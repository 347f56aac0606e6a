// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The structures of {@code umbra/ultracall.h}, under their C names, declared once for the codec to take offsets from
 * and for a test to compare with what a C compiler makes of the header. Integers are little-endian and read without
 * regard to alignment, since frames lie anywhere in a stream.
 */
final class WireLayout {
    static final ValueLayout.OfShort LE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt LE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;

    static final StructLayout HEADER = struct(
            "umbra_frame_header",
            LE32.withName("length"),
            LE16.withName("type"),
            LE16.withName("flags"),
            LE64.withName("sequence"),
            LE64.withName("tenant_vm"),
            LE32.withName("cloud_vm"),
            LE32.withName("vcpu"));
    static final StructLayout HELLO = struct(
            "umbra_hello",
            LE16.withName("major"),
            LE16.withName("minor"),
            LE32.withName("vendor"),
            bytes(16, "instance"),
            LE32.withName("queue_frames"),
            LE32.withName("maximum_frame"));
    static final StructLayout CLOUD_VM =
            struct("umbra_cloud_vm", LE32.withName("presence"), LE32.withName("process_id"));
    static final StructLayout TENANT_VM = struct(
            "umbra_tenant_vm",
            LE32.withName("presence"),
            LE32.withName("flags"),
            LE32.withName("vcpus"),
            LE32.withName("resets"),
            LE64.withName("acknowledged"),
            LE64.withName("newest"),
            LE64.withName("nested_root"),
            LE64.withName("root_changes"));
    static final StructLayout VCPU = struct(
            "umbra_vcpu",
            LE32.withName("presence"),
            LE32.withName("apic_id"),
            LE64.withName("control_block"),
            LE64.withName("nested_root"));
    static final StructLayout ALARM = struct(
            "umbra_alarm",
            LE32.withName("kind"),
            LE32.withName("reserved"),
            LE64.withName("other_tenant_vm"),
            MemoryLayout.sequenceLayout(2, LE64).withName("evidence"));
    static final StructLayout PORT_WRITE = struct(
            "umbra_port_write",
            LE16.withName("port"),
            U8.withName("size"),
            U8.withName("reserved"),
            LE32.withName("count"),
            bytes(0, "data"));
    static final StructLayout PORT_READ = struct(
            "umbra_port_read",
            LE16.withName("port"),
            U8.withName("size"),
            U8.withName("reserved"),
            LE32.withName("count"));
    static final StructLayout PORT_OBSERVED = struct(
            "umbra_port_observed",
            LE16.withName("port"),
            U8.withName("size"),
            U8.withName("direction"),
            LE32.withName("value"));
    static final StructLayout MEMORY_WRITE = struct(
            "umbra_memory_write",
            LE64.withName("address"),
            U8.withName("size"),
            U8.withName("step"),
            LE16.withName("reserved"),
            LE32.withName("count"),
            bytes(0, "data"));
    static final StructLayout MEMORY_COPY = struct(
            "umbra_memory_copy",
            LE64.withName("source"),
            LE64.withName("destination"),
            U8.withName("size"),
            U8.withName("step"),
            LE16.withName("reserved"),
            LE32.withName("count"));
    static final StructLayout MEMORY_READ = struct(
            "umbra_memory_read",
            LE64.withName("address"),
            U8.withName("size"),
            U8.withName("step"),
            LE16.withName("reserved"),
            LE32.withName("count"));
    static final StructLayout ULTRACALL = struct(
            "umbra_ultracall",
            U8.withName("origin"),
            U8.withName("privilege"),
            LE16.withName("reserved"),
            LE32.withName("function"),
            MemoryLayout.sequenceLayout(4, LE64).withName("arguments"));
    static final StructLayout NUDGE = struct("umbra_nudge", LE32.withName("irq"), LE32.withName("vector"));
    static final StructLayout COUNTERS = struct(
            "umbra_counters",
            LE32.withName("count"),
            LE32.withName("reserved"),
            MemoryLayout.sequenceLayout(HypervisorCounter.values().length, LE64).withName("values"));
    static final StructLayout REJECTED =
            struct("umbra_rejected", LE16.withName("type"), LE16.withName("reserved"), LE32.withName("error"));
    static final StructLayout ATTACH = struct(
            "umbra_attach", LE16.withName("lowest_major"), LE16.withName("highest_major"), LE32.withName("reserved"));
    static final StructLayout PORT_READ_REPLY =
            struct("umbra_port_read_reply", LE32.withName("length"), LE32.withName("reserved"), bytes(0, "data"));
    static final StructLayout ULTRACALL_REPLY = struct(
            "umbra_ultracall_reply",
            LE64.withName("status"),
            MemoryLayout.sequenceLayout(4, LE64).withName("results"));
    static final StructLayout CLAIM_PORTS =
            struct("umbra_claim_ports", LE16.withName("base"), LE16.withName("count"), LE32.withName("claimed"));
    static final StructLayout CLAIM_MEMORY = struct(
            "umbra_claim_memory",
            LE64.withName("base"),
            LE64.withName("length"),
            LE32.withName("claimed"),
            LE32.withName("reserved"));
    static final StructLayout MEMORY_READ_REPLY =
            struct("umbra_memory_read_reply", LE32.withName("length"), LE32.withName("reserved"), bytes(0, "data"));
    static final StructLayout INTERRUPT_LINE =
            struct("umbra_interrupt_line", LE32.withName("irq"), LE32.withName("level"));
    static final StructLayout LATCH = struct(
            "umbra_latch",
            LE16.withName("port"),
            U8.withName("valid"),
            U8.withName("value"),
            LE32.withName("reserved"));
    static final StructLayout MEMORY_EXTENT = struct(
            "umbra_memory_extent",
            LE64.withName("cloud_physical"),
            LE64.withName("length"),
            LE64.withName("offset"),
            LE64.withName("inode"),
            LE32.withName("device"),
            LE32.withName("index"),
            LE32.withName("flags"),
            LE32.withName("reserved"));
    static final StructLayout READ_MEMORY_LAYOUT =
            struct("umbra_read_memory_layout", LE32.withName("address_space"), LE32.withName("reserved"));
    static final StructLayout VCPU_REGISTERS = struct(
            "umbra_vcpu_registers",
            LE32.withName("state"),
            LE32.withName("flags"),
            LE64.withName("cr0"),
            LE64.withName("cr3"),
            LE64.withName("cr4"),
            LE64.withName("efer"),
            LE64.withName("gdt_base"),
            LE64.withName("idt_base"),
            LE32.withName("idt_limit"),
            LE32.withName("privilege"),
            LE64.withName("lstar"),
            LE64.withName("gs_base"),
            LE64.withName("kernel_gs_base"),
            LE64.withName("rip"),
            LE64.withName("rsp"));
    static final StructLayout PAUSED = struct(
            "umbra_paused",
            LE32.withName("state"),
            LE32.withName("reserved"),
            LE64.withName("settled"),
            LE64.withName("length"));
    static final StructLayout PAUSE = struct("umbra_pause", LE32.withName("bound"), LE32.withName("reserved"));
    static final StructLayout RESUME = struct("umbra_resume", LE64.withName("pause"));
    static final StructLayout RELAY_PREAMBLE = struct("umbra_relay_preamble", bytes(16, "magic"), bytes(16, "nonce"));

    static final List<StructLayout> ALL = List.of(
            HEADER,
            HELLO,
            CLOUD_VM,
            TENANT_VM,
            VCPU,
            ALARM,
            PORT_WRITE,
            PORT_READ,
            PORT_OBSERVED,
            MEMORY_WRITE,
            MEMORY_COPY,
            MEMORY_READ,
            ULTRACALL,
            NUDGE,
            COUNTERS,
            REJECTED,
            ATTACH,
            PORT_READ_REPLY,
            ULTRACALL_REPLY,
            CLAIM_PORTS,
            CLAIM_MEMORY,
            MEMORY_READ_REPLY,
            MEMORY_EXTENT,
            READ_MEMORY_LAYOUT,
            INTERRUPT_LINE,
            LATCH,
            VCPU_REGISTERS,
            PAUSED,
            PAUSE,
            RESUME,
            RELAY_PREAMBLE);

    private WireLayout() {}

    /** Where a field of a payload lies, counted from the frame's first byte. */
    static long payloadOffset(StructLayout layout, String field) {
        return HEADER.byteSize() + layout.byteOffset(PathElement.groupElement(field));
    }

    static long headerOffset(String field) {
        return HEADER.byteOffset(PathElement.groupElement(field));
    }

    private static StructLayout struct(String name, MemoryLayout... fields) {
        return MemoryLayout.structLayout(fields).withName(name);
    }

    private static MemoryLayout bytes(int count, String name) {
        return MemoryLayout.sequenceLayout(count, U8).withName(name);
    }
}
