// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Paging;
import dev.umbra.introspection.memory.PhysicalMemory;
import dev.umbra.introspection.memory.Unreadable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * Places in physical memory where a kernel's banner may be. The banner is among the first of the read-only data, which
 * begins at a multiple of 2 MiB, physically too, a few of those behind the kernel's text. The kernel lies in one piece,
 * wherever address space randomization put it, so the text that a processor enters leads there. Without registers the
 * start of every 2 MiB is looked at, and at last everything.
 *
 * <p>Copies of the words lie about in logs and in pages of files: what is found is a candidate and no more.
 */
final class BannerSearch {
    /** Where read-only data begins. */
    static final long ALIGNMENT = 2 << 20;

    private static final int PAGE_FAULT = 14;
    private static final int GATE = 16;
    private static final long LONGEST_TEXT = 64 << 20;
    private static final long MAXIMUM_SCAN = 8L << 30;
    private static final int MAXIMUM_FRAMES = 1 << 17;
    private static final int STEP = 16;
    private static final int START_PAGES = 16;
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long LINUX_VE = 0x6576_2078_756e_694cL;
    private static final long SPACE_VERSION = 0x6e6f_6973_7265_7620L;

    private final PhysicalMemory memory;
    private final List<VcpuRegisters> registers;
    private final LongPredicate candidate;

    /** @param candidate takes the physical address of a banner and says whether to stop */
    BannerSearch(PhysicalMemory memory, List<VcpuRegisters> registers, LongPredicate candidate) {
        this.memory = memory;
        this.registers = registers;
        this.candidate = candidate;
    }

    /** Whether the search was stopped. */
    boolean run() {
        return behindEntries() || atFrames() || everywhere();
    }

    private boolean behindEntries() {
        for (VcpuRegisters vcpu : registers) {
            if (vcpu.longMode()) {
                AddressSpace space = new AddressSpace(memory, vcpu.cr3(), Paging.of(vcpu), AddressSpace.PROCESS_TLB);
                if (behind(space.physical(vcpu.lstar())) || behind(space.physical(pageFaultEntry(space, vcpu)))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The entry of a gate is in three pieces (APM volume 2, 4.8.4). */
    private static long pageFaultEntry(AddressSpace space, VcpuRegisters vcpu) {
        try {
            long low = space.u64(vcpu.idtBase() + PAGE_FAULT * GATE);
            long high = space.u64(vcpu.idtBase() + PAGE_FAULT * GATE + 8);
            return high << 32 | low >>> 32 & 0xffff_0000L | low & 0xffff;
        } catch (Unreadable absent) {
            return 0;
        }
    }

    private boolean behind(long text) {
        if (text < 0) {
            return false;
        }
        long first = (text & -ALIGNMENT) + ALIGNMENT;
        for (long frame = first; frame < first + LONGEST_TEXT; frame += ALIGNMENT) {
            for (int page = 0; page < START_PAGES; page++) {
                if (inPage(frame + (long) page * PhysicalMemory.PAGE)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean atFrames() {
        long frame = frameFrom(0);
        for (int count = 0; frame >= 0 && count < MAXIMUM_FRAMES; count++) {
            if (inPage(frame)) {
                return true;
            }
            frame = frameFrom(frame + ALIGNMENT);
        }
        return false;
    }

    private long frameFrom(long physical) {
        long next = memory.next(physical);
        return next < 0 ? next : next + ALIGNMENT - 1 & -ALIGNMENT;
    }

    private boolean everywhere() {
        long page = memory.next(0);
        for (long scanned = 0; page >= 0 && scanned < MAXIMUM_SCAN; scanned += PhysicalMemory.PAGE) {
            if (inPage(page)) {
                return true;
            }
            page = memory.next(page + PhysicalMemory.PAGE);
        }
        return false;
    }

    private boolean inPage(long physical) {
        long place = memory.place(physical);
        if (place == PhysicalMemory.NOWHERE) {
            return false;
        }
        MemorySegment source = memory.bytes();
        for (int offset = 0; offset < PhysicalMemory.PAGE; offset += STEP) {
            if (source.get(WORD, place + offset) == LINUX_VE
                    && source.get(WORD, place + offset + 5) == SPACE_VERSION
                    && candidate.test(physical + offset)) {
                return true;
            }
        }
        return false;
    }
}
