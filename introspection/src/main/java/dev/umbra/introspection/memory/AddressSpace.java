// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

import dev.umbra.cloudhypervisor.memory.TranslationCache;
import dev.umbra.introspection.memory.Unreadable.Why;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What a processor with one page-table root sees of its machine's memory, as it is at this moment and while the machine
 * runs. Belongs to one thread at a time.
 *
 * <p>A translation is remembered together with the table entry it came from, and that entry is read again each time
 * before the translation is used. A change of an upper level alone, with the lower table left as it was, goes unnoticed
 * until {@link #invalidate}, which a scan calls before it starts; processors behave the same way until they are told to
 * flush. The rights are those of all levels together and do not bind the reader.
 *
 * <p>Reads of up to eight bytes are one access, unless they cross a page. {@link #read} copies each page between two
 * translations, and again if they differ. A read that fails throws {@link Unreadable}; nothing else is ever thrown,
 * whatever the tables and the addresses in the machine's structures say.
 *
 * <p>What breaks it: trusting what was read. The machine's kernel and whoever took it over write to these bytes while
 * they are looked at, so the caller bounds every walk and copies what must not change between check and use.
 */
public final class AddressSpace {
    /** Entries of the translation lookaside buffer that suit the kernel: 128 KiB. */
    public static final int KERNEL_TLB = 4096;
    /** Entries that suit one process: 8 KiB. */
    public static final int PROCESS_TLB = 256;

    private static final long PAGE = PhysicalMemory.PAGE;
    private static final int PAGE_SHIFT = 12;
    private static final int ATTEMPTS = 8;
    private static final int HOLES = 1 << 16;
    private static final long FAILED = -1;
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final PhysicalMemory memory;
    private final long root;
    private final Paging paging;
    private final PageWalk walk;
    private final TranslationCache tlb;
    private final Unreadable unreadable = new Unreadable(Why.NOT_PRESENT, 0);
    private Why failure;
    private long walks;
    private long repeats;

    /**
     * @param root physical address of the uppermost table; bits that are no part of it are ignored
     * @param tlbEntries a power of two of at least 4
     */
    public AddressSpace(PhysicalMemory memory, long root, Paging paging, int tlbEntries) {
        this.memory = Objects.requireNonNull(memory, "memory");
        this.root = root & PhysicalMemory.PAGE_MASK;
        this.paging = paging;
        this.walk = new PageWalk(memory, root, paging);
        this.tlb = new TranslationCache(tlbEntries);
    }

    public PhysicalMemory memory() {
        return memory;
    }

    /** Physical address of the uppermost table. */
    public long root() {
        return root;
    }

    public Paging paging() {
        return paging;
    }

    /** Walks the tables for one address and tells everything about it; makes an object. */
    public Translation translate(long virtual) {
        if (!paging.canonical(virtual)) {
            return new Translation.NotCanonical();
        }
        return switch (walk.walk(virtual)) {
            case MAPPED ->
                memory.place(walk.physical()) == PhysicalMemory.NOWHERE
                        ? new Translation.NoMemory(0)
                        : new Translation.Mapped(
                                walk.physical(),
                                PageWalk.pageSize(walk.level()),
                                (walk.rights() & PageWalk.WRITABLE) != 0,
                                (walk.rights() & PageWalk.USER) != 0,
                                (walk.rights() & PageWalk.EXECUTABLE) != 0);
            case NOT_PRESENT -> new Translation.NotPresent(walk.level());
            case MALFORMED -> new Translation.Malformed(walk.level());
            case NO_MEMORY -> new Translation.NoMemory(walk.level());
        };
    }

    /**
     * The first page from an address on that is mapped, for those who look through a part of the address space: where a
     * table has no entry, all that the entry would map is left out. The search gives up after 65536 holes in a row.
     *
     * @param end behind the last address of interest
     * @return the address itself if its page is mapped, else the start of one; {@code end} if there is none
     */
    public long next(long virtual, long end) {
        long address = virtual;
        for (int hole = 0; hole < HOLES && Long.compareUnsigned(address, end) < 0; hole++) {
            if (!paging.canonical(address)) {
                address = paging.upperHalf();
            } else if (walk.walk(address) == PageWalk.End.MAPPED) {
                return address;
            } else {
                address = (address | PageWalk.pageSize(walk.level()) - 1) + 1;
                if (address == 0) {
                    return end;
                }
            }
        }
        return end;
    }

    /**
     * The physical address of a byte, remembered and checked; makes no object.
     *
     * @return -1 if there is none
     */
    public long physical(long virtual) {
        int entry = entry(virtual);
        return entry == TranslationCache.NONE ? FAILED : physical(entry, virtual);
    }

    private long physical(int entry, long virtual) {
        return tlb.frame(entry) & -PAGE | virtual & PAGE - 1;
    }

    private int entry(long virtual) {
        return valid(tlb.find(virtual >>> PAGE_SHIFT), virtual);
    }

    /** The same entry of the buffer if the table still has what it came from; else that of a walk, or none. */
    private int valid(int entry, long virtual) {
        if (entry != TranslationCache.NONE) {
            long place = memory.place(tlb.leafAddress(entry));
            if (place != PhysicalMemory.NOWHERE && memory.entry(place) == tlb.leaf(entry)) {
                return entry;
            }
        }
        return walked(virtual);
    }

    private int walked(long virtual) {
        if (!paging.canonical(virtual)) {
            failure = Why.NOT_CANONICAL;
            return TranslationCache.NONE;
        }
        walks++;
        switch (walk.walk(virtual)) {
            case MAPPED -> {
                return tlb.put(
                        virtual >>> PAGE_SHIFT,
                        walk.leafAddress(),
                        walk.leaf(),
                        walk.physical() & -PAGE | walk.rights());
            }
            case NOT_PRESENT -> failure = Why.NOT_PRESENT;
            case MALFORMED -> failure = Why.MALFORMED;
            case NO_MEMORY -> failure = Why.NO_MEMORY;
        }
        return TranslationCache.NONE;
    }

    /** Whether the byte at an address can be read now. */
    public boolean readable(long virtual) {
        return place(virtual) != FAILED;
    }

    /** One byte, 0 to 255. */
    public int u8(long virtual) {
        long place = required(virtual);
        return memory.bytes().get(ValueLayout.JAVA_BYTE, place) & 0xff;
    }

    /** Two bytes, 0 to 65535. */
    public int u16(long virtual) {
        if ((virtual & PAGE - 1) > PAGE - 2) {
            return (int) crossing(virtual, 2);
        }
        long place = required(virtual);
        return memory.bytes().get(U16, place) & 0xffff;
    }

    /** Four bytes; negative from 2^31 on. */
    public int u32(long virtual) {
        if ((virtual & PAGE - 1) > PAGE - 4) {
            return (int) crossing(virtual, 4);
        }
        long place = required(virtual);
        return memory.bytes().get(U32, place);
    }

    /** Eight bytes; negative from 2^63 on, as pointers into the kernel are. */
    public long u64(long virtual) {
        if ((virtual & PAGE - 1) > PAGE - 8) {
            return crossing(virtual, 8);
        }
        long place = required(virtual);
        return memory.bytes().get(U64, place);
    }

    /** Copies bytes out, each page as it was at one moment. */
    public void read(long virtual, MemorySegment destination) {
        long done = available(virtual, destination);
        if (done < destination.byteSize()) {
            throw unreadable.with(failure, virtual + done);
        }
    }

    /**
     * Copies bytes out as {@link #read} does, up to the first that cannot be read.
     *
     * @return bytes copied
     */
    public long available(long virtual, MemorySegment destination) {
        long length = destination.byteSize();
        long done = 0;
        while (done < length) {
            long address = virtual + done;
            long part = Math.min(length - done, PAGE - (address & PAGE - 1));
            if (!readWithinPage(address, destination, done, part)) {
                break;
            }
            done += part;
        }
        return done;
    }

    private boolean readWithinPage(long virtual, MemorySegment destination, long at, long length) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int entry = entry(virtual);
            long place = place(entry, virtual);
            if (place == FAILED) {
                return false;
            }
            MemorySegment source = memory.bytes();
            MemorySegment.copy(source, place, destination, at, length);
            VarHandle.loadLoadFence();
            if (place(valid(entry, virtual), virtual) == place && memory.bytes() == source) {
                return true;
            }
            repeats++;
        }
        failure = Why.UNSTABLE;
        return false;
    }

    /** A copy of bytes. */
    public byte[] bytes(long virtual, int length) {
        byte[] copy = new byte[length];
        read(virtual, MemorySegment.ofArray(copy));
        return copy;
    }

    /**
     * A string that ends with a zero byte, with the limit, or where memory ends if that is behind its first page.
     *
     * @param limit in bytes
     */
    public String string(long virtual, int limit) {
        byte[] copy = new byte[limit];
        MemorySegment destination = MemorySegment.ofArray(copy);
        int done = 0;
        while (done < limit) {
            long address = virtual + done;
            int part = (int) Math.min(limit - done, PAGE - (address & PAGE - 1));
            if (!readWithinPage(address, destination, done, part)) {
                if (done == 0) {
                    throw unreadable.with(failure, address);
                }
                break;
            }
            for (int end = done + part; done < end; done++) {
                if (copy[done] == 0) {
                    return new String(copy, 0, done, StandardCharsets.UTF_8);
                }
            }
        }
        return new String(copy, 0, done, StandardCharsets.UTF_8);
    }

    /**
     * Bytes in place, from an address to at most {@code limit} bytes behind it. They change while they are looked at.
     *
     * @param limit in bytes, at least 1
     * @return as many as lie one after the other, read-only
     */
    public MemorySegment slice(long virtual, long limit) {
        long first = required(virtual);
        MemorySegment source = memory.bytes();
        long length = PAGE - (virtual & PAGE - 1);
        while (length < limit && place(virtual + length) == first + length && memory.bytes() == source) {
            length += PAGE;
        }
        return source.asSlice(first, Math.min(length, limit));
    }

    /** Forgets all translations: before a scan starts, or when the tables are known to have changed. */
    public void invalidate() {
        tlb.invalidate();
    }

    /** Translations that were not remembered or not valid any more. */
    public long walks() {
        return walks;
    }

    /** Copies made again because a translation changed under them. */
    public long repeats() {
        return repeats;
    }

    private long crossing(long virtual, int length) {
        long value = 0;
        for (int index = 0; index < length; index++) {
            value |= (long) u8(virtual + index) << 8 * index;
        }
        return value;
    }

    private long required(long virtual) {
        long place = place(virtual);
        if (place == FAILED) {
            throw unreadable.with(failure, virtual);
        }
        return place;
    }

    private long place(long virtual) {
        return place(entry(virtual), virtual);
    }

    private long place(int entry, long virtual) {
        if (entry == TranslationCache.NONE) {
            return FAILED;
        }
        long place = memory.place(physical(entry, virtual));
        if (place == PhysicalMemory.NOWHERE) {
            failure = Why.NO_MEMORY;
            return FAILED;
        }
        return place;
    }
}
