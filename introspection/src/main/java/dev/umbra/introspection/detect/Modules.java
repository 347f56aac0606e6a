// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

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
     * @param text its code, that of its initialization included
     * @param all its memory
     * @param sources where it was seen
     */
    record Module(long address, String name, boolean live, List<Region> text, List<Region> all, Set<Source> sources) {}

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
                List<Region> text = new ArrayList<>();
                List<Region> all = new ArrayList<>();
                regions(address, text, all);
                described.add(new Module(
                        address,
                        reading.memory().string(address + name, NAME),
                        state.read(reading.memory(), address) == 0,
                        text,
                        all,
                        sources));
            } catch (Unreadable hole) {
                reading.gap(Reason.UNREADABLE, "module", hole.address());
            }
        });
        modules = described;
    }

    /** Up to 6.3 a module has two blocks with code in front, later one block for each kind of memory. */
    private void regions(long module, List<Region> text, List<Region> all) {
        if (reading.profile().has("module", "core_layout")) {
            layout(module + reading.offset("module", "core_layout"), text, all);
            layout(module + reading.offset("module", "init_layout"), text, all);
        } else {
            memories(module + reading.offset("module", "mem"), text, all);
        }
        instructionPages(module, text);
    }

    private void layout(long layout, List<Region> text, List<Region> all) {
        long base = reading.pointer(layout, reading.offset("module_layout", "base"));
        if (base != 0) {
            text.add(new Region(base, length(layout + reading.offset("module_layout", "text_size"))));
            all.add(new Region(base, length(layout + reading.offset("module_layout", "size"))));
        }
    }

    private void memories(long memories, List<Region> text, List<Region> all) {
        int size = reading.profile().size("module_memory");
        int count = reading.profile().field("module", "mem").size() / size;
        long code = reading.profile().constant("MOD_TEXT").orElse(0);
        long initialization = reading.profile().constant("MOD_INIT_TEXT").orElse(code);
        for (int kind = 0; kind < count; kind++) {
            long memory = memories + (long) kind * size;
            long base = reading.pointer(memory, reading.offset("module_memory", "base"));
            if (base != 0) {
                Region region = new Region(base, length(memory + reading.offset("module_memory", "size")));
                all.add(region);
                if (kind == code || kind == initialization) {
                    text.add(region);
                }
            }
        }
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
