// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

import dev.umbra.cloudhypervisor.memory.NestedTable.Format;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The memory of one tenant VM, by tenant-physical address, as it is at this moment and while the VM runs. A reader
 * belongs to one thread at a time; it costs 128 KiB, and each thread takes one of its own.
 *
 * <p>A translation is remembered together with the table entry it came from, and that entry is read again each time
 * before the translation is used: the untrusted hypervisor changes its tables without telling anyone. A change of an
 * upper level alone, with the lower table left as it was, goes unnoticed until the root changes; processors behave the
 * same way until they are told to flush. A new root or a new layout of the cloud VM's memory forgets everything.
 *
 * <p>Nothing here throws because of what a VM does. What is not mapped, not readable for the VM itself, malformed, or
 * mapped to something that is no memory, is simply not there.
 *
 * <p>What breaks it: trusting what was read. The tenant and its hypervisor write to these bytes while they are looked at,
 * so what must not change between check and use has to be copied with {@link #read} first.
 */
public final class TenantMemory {
    private static final long PAGE = MemoryExtents.PAGE;
    private static final int PAGE_SHIFT = 12;
    private static final int CACHED_PAGES = 4096;
    private static final int ATTEMPTS = 8;
    private static final int HOLES = 1 << 16;
    private static final long NOWHERE = -1;

    private final Supplier<CloudMemory> memory;
    private final LongSupplier root;
    private final NestedWalk walk;
    private final TranslationCache cache = new TranslationCache(CACHED_PAGES);
    private CloudMemory currentMemory;
    private long currentRoot;
    private long walks;
    private long repeats;

    /**
     * @param memory the cloud VM's memory now, or null if it is not known; asked at each access
     * @param root the nested page table now, or 0 if there is none; asked at each access
     */
    public TenantMemory(NestedTable table, Supplier<CloudMemory> memory, LongSupplier root) {
        this.memory = Objects.requireNonNull(memory, "memory");
        this.root = Objects.requireNonNull(root, "root");
        this.walk = new NestedWalk(table);
    }

    /**
     * The page that holds an address, in place.
     *
     * @return 4096 bytes, read-only, or null if there is none now
     */
    public MemorySegment page(long tenantPhysical) {
        long offset = offset(tenantPhysical & -PAGE);
        return offset == NOWHERE ? null : currentMemory.file().asSlice(offset, PAGE);
    }

    /**
     * How many bytes from an address on lie one after the other in the mapped file, so that {@link #slice} can show them
     * at once.
     *
     * @param limit bytes after which nobody asks, at least 1
     * @return 0 if the first byte is not there, at most {@code limit}
     */
    public long contiguous(long tenantPhysical, long limit) {
        return run(tenantPhysical, offset(tenantPhysical), limit);
    }

    /**
     * Bytes in place, from an address to at most {@code limit} bytes behind it.
     *
     * @param limit in bytes, at least 1
     * @return as many bytes as {@link #contiguous} would count, read-only, or null if the first is not there now
     */
    public MemorySegment slice(long tenantPhysical, long limit) {
        long first = offset(tenantPhysical);
        CloudMemory source = currentMemory;
        long length = run(tenantPhysical, first, limit);
        return length == 0 ? null : source.file().asSlice(first, length);
    }

    /** Counts pages that follow the first in the same file: the file holds memory of others, too. */
    private long run(long tenantPhysical, long first, long limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("no bytes: " + limit);
        }
        if (first == NOWHERE) {
            return 0;
        }
        CloudMemory source = currentMemory;
        long length = PAGE - (tenantPhysical & PAGE - 1);
        while (length < limit && offset(tenantPhysical + length) == first + length && currentMemory == source) {
            length += PAGE;
        }
        return Math.min(length, limit);
    }

    /**
     * Copies bytes out. Each page is translated before and after its bytes are copied, and copied again if that
     * differs: what arrives was at that address at one moment, page by page.
     *
     * @return bytes copied, fewer than asked for where a page is not there or does not come to rest
     */
    public long read(long tenantPhysical, MemorySegment destination) {
        long length = destination.byteSize();
        long done = 0;
        while (done < length) {
            long address = tenantPhysical + done;
            long part = Math.min(length - done, PAGE - (address & PAGE - 1));
            if (!readWithinPage(address, destination, done, part)) {
                break;
            }
            done += part;
        }
        return done;
    }

    private boolean readWithinPage(long address, MemorySegment destination, long at, long length) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long offset = offset(address);
            if (offset == NOWHERE) {
                return false;
            }
            CloudMemory source = currentMemory;
            MemorySegment.copy(source.file(), offset, destination, at, length);
            VarHandle.loadLoadFence();
            if (offset(address) == offset && currentMemory == source) {
                return true;
            }
            repeats++;
        }
        return false;
    }

    /**
     * Where a byte lies in {@link #file}, together with the rest of its page, for readers that make no object per access.
     * Good until the next call.
     *
     * @return -1 if it is not there now
     */
    public long place(long tenantPhysical) {
        return offset(tenantPhysical);
    }

    /** What {@link #place} refers to; it holds memory of others, too. */
    public MemorySegment file() {
        return currentMemory == null ? MemorySegment.NULL : currentMemory.file();
    }

    /**
     * The lowest address from one on that may be there, for readers that look through all memory: where a table has no
     * entry, all that the entry would map is left out.
     *
     * @return the start of a page, or -1 if there is nothing more
     */
    public long next(long tenantPhysical) {
        long page = tenantPhysical & -PAGE;
        for (int hole = 0; hole < HOLES && page >>> NestedWalk.PHYSICAL_BITS == 0; hole++) {
            if (offset(page) != NOWHERE) {
                return page;
            }
            CloudMemory source = currentMemory;
            if (source == null || currentRoot == 0) {
                return NOWHERE;
            }
            walk.walk(source, currentRoot, page);
            page = (page | Format.pageMask(walk.level())) + 1;
        }
        return NOWHERE;
    }

    /** Translations that were not remembered or not valid any more. */
    public long walks() {
        return walks;
    }

    /** Copies made again because a translation changed under them. */
    public long repeats() {
        return repeats;
    }

    /** Offset of a byte in the file of {@link #currentMemory}. */
    private long offset(long tenantPhysical) {
        CloudMemory memoryNow = memory.get();
        long rootNow = root.getAsLong();
        if (memoryNow != currentMemory || rootNow != currentRoot) {
            currentMemory = memoryNow;
            currentRoot = rootNow;
            cache.invalidate();
        }
        if (memoryNow == null || rootNow == 0 || tenantPhysical >>> NestedWalk.PHYSICAL_BITS != 0) {
            return NOWHERE;
        }
        long page = tenantPhysical >>> PAGE_SHIFT;
        int entry = cache.find(page);
        if (entry != TranslationCache.NONE && memoryNow.entry(cache.leafAddress(entry)) == cache.leaf(entry)) {
            return cache.frame(entry) + (tenantPhysical & PAGE - 1);
        }
        return walked(memoryNow, rootNow, tenantPhysical);
    }

    private long walked(CloudMemory source, long rootNow, long tenantPhysical) {
        walks++;
        if (walk.walk(source, rootNow, tenantPhysical) != NestedWalk.End.MAPPED
                || (walk.rights() & NestedTable.READABLE) == 0) {
            return NOWHERE;
        }
        long offset = source.offset(walk.cloudPhysical() & -PAGE);
        if (offset < 0) {
            return NOWHERE;
        }
        cache.put(tenantPhysical >>> PAGE_SHIFT, walk.leafOffset(), walk.leaf(), offset);
        return offset + (tenantPhysical & PAGE - 1);
    }
}
