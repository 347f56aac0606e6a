// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.kernel.UnknownKernel;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.Unreadable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The kernel's modules, from each place that leads to them: the list behind {@code /proc/modules}, the objects behind
 * {@code /sys/module}, and the tree in which the kernel looks up whose code an address is ({@code kernel/module/tree_lookup.c}).
 */
final class Modules {
    /** Where a module is known. */
    enum Source {
        LIST,
        SYSFS,
        TREE
    }

    /** @param size in bytes */
    record Region(long base, long size) {
        boolean contains(long address) {
            return Long.compareUnsigned(address - base, size) < 0;
        }
    }

    /**
     * A module.
     *
     * @param live whether it is neither being loaded nor being removed
     * @param settled whether it is live, and what was needed for its initialization alone is gone
     * @param text its code, that of its initialization included; the main part comes first
     * @param readOnly its data that nobody writes once it is settled
     * @param all its memory
     * @param sources where it was seen
     */
    record Module(
            long address,
            String name,
            boolean live,
            boolean settled,
            List<Region> text,
            List<Region> readOnly,
            List<Region> all,
            Set<Source> sources) {}

    /** Gathers the regions of one module. */
    private static final class Regions {
        private final List<Region> text = new ArrayList<>();
        private final List<Region> readOnly = new ArrayList<>();
        private final List<Region> all = new ArrayList<>();
        private boolean initializing;
    }

    private static final int MAXIMUM_MODULES = 4096;
    private static final int NAME = 56;

    private final Reading reading;
    private final Map<Long, EnumSet<Source>> seen = new LinkedHashMap<>();
    private List<Module> modules = List.of();

    private Modules(Reading reading) {
        this.reading = reading;
    }

    static Modules read(Reading reading) {
        Modules modules = new Modules(reading);
        reading.part("module list", modules::fromList);
        reading.part("module_kset", modules::fromSysfs);
        reading.part("mod_tree", modules::fromTree);
        reading.part("module", modules::describe);
        return modules;
    }

    Collection<Module> all() {
        return modules;
    }

    private void fromList() {
        long head = reading.profile().requireSymbol("modules");
        reading.ring("modules", head, reading.offset("module", "list"), module -> add(module, Source.LIST));
    }

    /** Parts of the kernel that were built in have such an object, too, but no module. */
    private void fromSysfs() {
        long kset = reading.memory().u64(reading.profile().requireSymbol("module_kset"));
        int object = reading.offset("module_kobject", "kobj.entry");
        int owner = reading.offset("module_kobject", "mod");
        reading.ring("module_kset", kset + reading.offset("kset", "list"), object, holder -> {
            long module = reading.pointer(holder, owner);
            if (module != 0) {
                add(module, Source.SYSFS);
            }
        });
    }

    private void fromTree() {
        long root = reading.profile().requireSymbol("mod_tree") + reading.offset("mod_tree_root", "root.tree");
        int node = reading.offset("mod_tree_node", "node.node");
        int owner = reading.offset("mod_tree_node", "mod");
        int nodeSize = reading.profile().size("rb_node");
        int rootSize = reading.profile().size("rb_root");
        for (int copy = 0; copy < 2; copy++) {
            reading.tree(
                    "mod_tree",
                    root + (long) copy * rootSize,
                    node + copy * nodeSize,
                    entry -> add(reading.pointer(entry, owner), Source.TREE));
        }
    }

    private void add(long module, Source source) {
        if (seen.size() >= MAXIMUM_MODULES && !seen.containsKey(module)) {
            reading.gap(Reason.TOO_MANY, "module", module);
            return;
        }
        seen.computeIfAbsent(module, unused -> EnumSet.noneOf(Source.class)).add(source);
    }

    private void describe() {
        int name = reading.offset("module", "name");
        var state = reading.profile().field("module", "state");
        List<Module> described = new ArrayList<>();
        seen.forEach((address, sources) -> {
            try {
                Regions regions = regions(address);
                boolean live = state.read(reading.memory(), address) == 0;
                described.add(new Module(
                        address,
                        reading.memory().string(address + name, NAME),
                        live,
                        live && !regions.initializing,
                        regions.text,
                        regions.readOnly,
                        regions.all,
                        sources));
            } catch (Unreadable hole) {
                reading.gap(Reason.UNREADABLE, "module", hole.address());
            }
        });
        modules = described;
    }

    /** Up to 6.3 a module has two blocks with code in front, later one block for each kind of memory. */
    private Regions regions(long module) {
        Regions regions = new Regions();
        if (reading.profile().has("module", "core_layout")) {
            layout(module + reading.offset("module", "core_layout"), regions);
            long initialization = module + reading.offset("module", "init_layout");
            regions.initializing = layout(initialization, regions);
        } else {
            memories(module + reading.offset("module", "mem"), regions);
        }
        instructionPages(module, regions.text);
        return regions;
    }

    /** Code, read-only data, data that become read-only, and other data follow each other. */
    private boolean layout(long layout, Regions regions) {
        long base = reading.pointer(layout, reading.offset("module_layout", "base"));
        if (base == 0) {
            return false;
        }
        long code = length(layout + reading.offset("module_layout", "text_size"));
        long readOnly = length(layout + reading.offset("module_layout", "ro_after_init_size"));
        regions.text.add(new Region(base, code));
        if (readOnly > code) {
            regions.readOnly.add(new Region(base + code, readOnly - code));
        }
        regions.all.add(new Region(base, length(layout + reading.offset("module_layout", "size"))));
        return true;
    }

    private void memories(long memories, Regions regions) {
        int size = reading.profile().size("module_memory");
        int count = reading.profile().field("module", "mem").size() / size;
        long code = kind("MOD_TEXT");
        long readOnly = kind("MOD_RODATA");
        long afterInitialization = kind("MOD_RO_AFTER_INIT");
        long initialization = kind("MOD_INIT_TEXT");
        for (int kind = 0; kind < count; kind++) {
            long memory = memories + (long) kind * size;
            long base = reading.pointer(memory, reading.offset("module_memory", "base"));
            if (base == 0) {
                continue;
            }
            Region region = new Region(base, length(memory + reading.offset("module_memory", "size")));
            regions.all.add(region);
            // Kinds of initialization come last.
            regions.initializing |= kind >= initialization;
            if (kind == code || kind == initialization) {
                regions.text.add(region);
            } else if (kind == readOnly || kind == afterInitialization) {
                regions.readOnly.add(region);
            }
        }
    }

    private long kind(String name) {
        return reading.profile().constant(name).orElseThrow(() -> new UnknownKernel("no constant " + name));
    }

    /** Thunks against indirect target selection lie in pages of their own. */
    private void instructionPages(long module, List<Region> text) {
        if (!reading.profile().has("module", "its_page_array")) {
            return;
        }
        long pages = reading.pointer(module, reading.offset("module", "its_page_array"));
        long count = Math.min(length(module + reading.offset("module", "its_num_pages")), MAXIMUM_MODULES);
        for (long page = 0; pages != 0 && page < count; page++) {
            text.add(new Region(reading.memory().u64(pages + page * Long.BYTES), PAGE));
        }
    }

    private static final long PAGE = 4096;

    private long length(long address) {
        return reading.memory().u32(address) & 0xffff_ffffL;
    }
}
