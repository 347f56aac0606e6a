// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.Field;
import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Unreadable;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Reads the kernel's log from its ring buffer ({@code kernel/printk/printk_ringbuffer.c}): a ring of descriptors, each with the
 * place of its text in a ring of bytes. A descriptor counts if it bears the number looked for and is finished; a text that would
 * reach over the ring's end lies at its beginning instead.
 */
final class KernelLogReader {
    private static final class Layout {
        final int countBits;
        final int descriptors;
        final int infos;
        final int head;
        final int tail;
        final int sizeBits;
        final int data;
        final int descriptorSize;
        final int state;
        final int begin;
        final int next;
        final int infoSize;
        final int sequence;
        final int time;
        final int textLength;
        final int facility;
        final Field level;
        final int device;
        final int deviceSize;
        final int blockHeader;

        Layout(KernelProfile profile) {
            StructFields ring = new StructFields(profile, "printk_ringbuffer");
            countBits = ring.at("desc_ring.count_bits");
            descriptors = ring.at("desc_ring.descs");
            infos = ring.at("desc_ring.infos");
            head = ring.at("desc_ring.head_id");
            tail = ring.at("desc_ring.tail_id");
            sizeBits = ring.at("text_data_ring.size_bits");
            data = ring.at("text_data_ring.data");
            StructFields descriptor = new StructFields(profile, "prb_desc");
            descriptorSize = descriptor.size();
            state = descriptor.at("state_var");
            begin = descriptor.at("text_blk_lpos.begin");
            next = descriptor.at("text_blk_lpos.next");
            StructFields info = new StructFields(profile, "printk_info");
            infoSize = info.size();
            sequence = info.at("seq");
            time = info.at("ts_nsec");
            textLength = info.at("text_len");
            facility = info.at("facility");
            level = profile.field("printk_info", "level");
            device = info.at("dev_info.device");
            deviceSize = info.bytes("dev_info.device");
            blockHeader = profile.offset("prb_data_block", "data");
        }
    }

    private static final String RING = "printk_ringbuffer";
    private static final int STATE_SHIFT = 62;
    private static final int FINALIZED = 2;
    private static final long WITHOUT_TEXT = 1;
    private static final int MAXIMUM_COUNT_BITS = 18;
    private static final int MAXIMUM_SIZE_BITS = 30;
    private static final int TEXT_LIMIT = 1 << 16;

    private final Scan scan;
    private final AddressSpace memory;
    private final Layout layout;

    KernelLogReader(Scan scan) {
        this.scan = scan;
        this.memory = scan.memory();
        this.layout = scan.layout(Layout.class, Layout::new);
    }

    /** Visits all finished records, the oldest first. */
    void forEach(Consumer<LogRecord> visitor) {
        long ring = memory.u64(scan.symbol("prb"));
        int countBits = memory.u32(ring + layout.countBits);
        int sizeBits = memory.u32(ring + layout.sizeBits);
        if (countBits < 0 || countBits > MAXIMUM_COUNT_BITS || sizeBits < 0 || sizeBits > MAXIMUM_SIZE_BITS) {
            scan.gaps().add(Reason.MALFORMED, RING, ring);
            return;
        }
        long mask = (1L << countBits) - 1;
        long tail = memory.u64(ring + layout.tail);
        long records = Math.min(memory.u64(ring + layout.head) - tail & -1L >>> 2, mask) + 1;
        for (long record = 0; record < records; record++) {
            if (!scan.budget().take()) {
                scan.gaps().add(Reason.TOO_MANY, RING, ring);
                return;
            }
            try {
                read(ring, tail + record & -1L >>> 2, mask, sizeBits, visitor);
            } catch (Unreadable hole) {
                scan.gaps().add(Reason.UNREADABLE, RING, hole.address());
            }
        }
    }

    private void read(long ring, long id, long mask, int sizeBits, Consumer<LogRecord> visitor) {
        long descriptor = memory.u64(ring + layout.descriptors) + (id & mask) * layout.descriptorSize;
        long state = memory.u64(descriptor + layout.state);
        if (state >>> STATE_SHIFT != FINALIZED || (state & -1L >>> 2) != id) {
            return;
        }
        long info = memory.u64(ring + layout.infos) + (id & mask) * layout.infoSize;
        visitor.accept(new LogRecord(
                memory.u64(info + layout.sequence),
                memory.u64(info + layout.time),
                memory.u8(info + layout.facility),
                (int) layout.level.read(memory, info),
                scan.text(info + layout.device, layout.deviceSize),
                text(ring, descriptor, id, memory.u16(info + layout.textLength), sizeBits)));
    }

    /** Positions count on through all rounds of the ring; the low bits are the place in it. */
    private String text(long ring, long descriptor, long id, int length, int sizeBits) {
        long begin = memory.u64(descriptor + layout.begin);
        long next = memory.u64(descriptor + layout.next);
        if ((begin & WITHOUT_TEXT) != 0) {
            return "";
        }
        long mask = (1L << sizeBits) - 1;
        boolean wrapped = begin >>> sizeBits != next - 1 >>> sizeBits;
        long place = wrapped ? 0 : begin & mask;
        long room = (wrapped ? next & mask : next - begin) - layout.blockHeader;
        long block = memory.u64(ring + layout.data) + place;
        int bytes = (int) Math.min(Math.min(length, room), TEXT_LIMIT);
        if (room < 0 || place + layout.blockHeader + bytes > mask + 1 || memory.u64(block) != id) {
            scan.gaps().add(Reason.MALFORMED, "prb_data_block", block);
            return "";
        }
        byte[] text = new byte[bytes];
        memory.read(block + layout.blockHeader, MemorySegment.ofArray(text));
        return scan.kept(new String(text, StandardCharsets.UTF_8));
    }
}
