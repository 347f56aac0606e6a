// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import dev.umbra.introspection.procfs.SystemState.Amount;
import java.util.List;

/** {@code /proc/meminfo}, counted as fs/proc/meminfo.c counts it. */
final class MemoryFigures {
    private static final long PAGE = 4096;
    private static final int MAXIMUM_NODES = 64;
    private static final int MAXIMUM_ZONES = 8;
    private static final int MAXIMUM_BLOCK_DEVICES = 4096;
    /** The second of {@code enum zone_watermarks}. */
    private static final int WATERMARK_LOW = 1;

    private final KernelFigures figures;

    MemoryFigures(KernelFigures figures) {
        this.figures = figures;
    }

    List<Amount> amounts() {
        long free = zone("NR_FREE_PAGES");
        long slabReclaimable = node("NR_SLAB_RECLAIMABLE_B");
        long slabUnreclaimable = node("NR_SLAB_UNRECLAIMABLE_B");
        long reclaimable = slabReclaimable + node("NR_KERNEL_MISC_RECLAIMABLE");
        long activeAnonymous = node("NR_ACTIVE_ANON");
        long inactiveAnonymous = node("NR_INACTIVE_ANON");
        long activeFile = node("NR_ACTIVE_FILE");
        long inactiveFile = node("NR_INACTIVE_FILE");
        long swapCache = node("NR_SWAPCACHE");
        long buffers = buffers();
        return List.of(
                pages("MemTotal", figures.word("_totalram_pages")),
                pages("MemFree", free),
                pages("MemAvailable", available(free, activeFile + inactiveFile, reclaimable)),
                pages("Buffers", buffers),
                pages("Cached", node("NR_FILE_PAGES") - swapCache - buffers),
                pages("SwapCached", swapCache),
                pages("Active", activeAnonymous + activeFile),
                pages("Inactive", inactiveAnonymous + inactiveFile),
                pages("Active(anon)", activeAnonymous),
                pages("Inactive(anon)", inactiveAnonymous),
                pages("Active(file)", activeFile),
                pages("Inactive(file)", inactiveFile),
                pages("Unevictable", node("NR_UNEVICTABLE")),
                pages("Mlocked", zone("NR_MLOCK")),
                pages("SwapTotal", figures.word("total_swap_pages")),
                pages("SwapFree", figures.word("nr_swap_pages")),
                pages("Dirty", node("NR_FILE_DIRTY")),
                pages("Writeback", node("NR_WRITEBACK")),
                pages("AnonPages", node("NR_ANON_MAPPED")),
                pages("Mapped", node("NR_FILE_MAPPED")),
                pages("Shmem", node("NR_SHMEM")),
                pages("KReclaimable", reclaimable),
                pages("Slab", slabReclaimable + slabUnreclaimable),
                pages("SReclaimable", slabReclaimable),
                pages("SUnreclaim", slabUnreclaimable),
                new Amount("KernelStack", node("NR_KERNEL_STACK_KB") << 10),
                pages("PageTables", node("NR_PAGETABLE")));
    }

    private static Amount pages(String name, long pages) {
        return new Amount(name, Math.max(0, pages) * PAGE);
    }

    private long zone(String item) {
        return counter("vm_zone_stat", "zone_stat_item", item);
    }

    private long node(String item) {
        return counter("vm_node_stat", "node_stat_item", item);
    }

    private long counter(String symbol, String enumeration, String item) {
        return figures.profile().enumValue(enumeration, item).stream()
                .map(index -> Math.max(0, figures.word(symbol, index)))
                .sum();
    }

    /** As {@code si_mem_available} in mm/show_mem.c. */
    private long available(long free, long pageCache, long reclaimable) {
        long low = lowWatermarks();
        return free
                - figures.word("totalreserve_pages")
                + pageCache
                - Math.min(pageCache / 2, low)
                + reclaimable
                - Math.min(reclaimable / 2, low);
    }

    private long lowWatermarks() {
        long pages = 0;
        for (int index = 0; index < MAXIMUM_NODES; index++) {
            long node = figures.word("node_data", index);
            if (node == 0) {
                break;
            }
            long zones = Math.min(MAXIMUM_ZONES, figures.memberAt(node, "pglist_data", "nr_zones"));
            for (int zone = 0; zone < zones; zone++) {
                pages += watermark(node, zone);
            }
        }
        return pages;
    }

    private long watermark(long node, int zone) {
        return figures.orZero(() -> {
            long address = node
                    + figures.profile().offset("pglist_data", "node_zones")
                    + (long) zone * figures.profile().size("zone");
            return figures.memory()
                    .u64(address + figures.profile().offset("zone", "_watermark") + (long) WATERMARK_LOW * Long.BYTES);
        });
    }

    /** Pages in the caches of block devices, as {@code nr_blockdev_pages} in block/bdev.c. */
    private long buffers() {
        return figures.orZero(() -> {
            long head = figures.word("blockdev_superblock") + figures.profile().offset("super_block", "s_inodes");
            int link = figures.profile().offset("inode", "i_sb_list");
            long pages = 0;
            long entry = figures.memory().u64(head);
            for (int count = 0; entry != head && count < MAXIMUM_BLOCK_DEVICES; count++) {
                long mapping = figures.memberAt(entry - link, "inode", "i_mapping");
                pages += figures.memberAt(mapping, "address_space", "nrpages");
                entry = figures.memory().u64(entry);
            }
            return pages;
        });
    }
}
