// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.Translation;
import dev.umbra.introspection.memory.Unreadable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;

/**
 * Executable memory of the kernel that belongs to nobody. The page tables say what the processor would execute, whatever lists
 * say: all of the kernel's image and the range for modules is looked at, and beyond it the areas of {@code vmalloc}. A module
 * that was taken out of every list still has its code somewhere, and its {@code struct module} points to it.
 *
 * <p>A module's code is freed when nobody can be reading about it any more, which is some time after the module was taken out of
 * the lists, or forgot where the code lies by which it started ({@code free_module} and {@code do_free_init} in
 * {@code kernel/module/main.c}). So what belongs to nobody must stay so for longer than that takes. A module that is loaded and
 * unloaded all the time lies at the same place each time, but it has an owner, or is not there, at some look.
 */
final class ExecutableMemory implements Detector {
    private record Area(long start, long end) {}

    /** A grace period of RCU takes tens of milliseconds, on a busy machine some hundreds. */
    private static final Duration TRANSIT = Duration.ofSeconds(2);

    private static final long PAGE = 4096;
    private static final long MODULES_END = 0xffff_ffff_ff00_0000L;
    private static final int MAXIMUM_STEPS = 1 << 20;
    private static final int MAXIMUM_AREA = 64 << 20;
    private static final int MAXIMUM_MODULE = 1 << 20;
    private static final int NAME = 56;

    @Override
    public String name() {
        return "executable-memory";
    }

    @Override
    public Set<FindingKind> kinds() {
        return Set.of(FindingKind.CODE_WITHOUT_OWNER);
    }

    @Override
    public Duration transit() {
        return TRANSIT;
    }

    @Override
    public void examine(Examination examination) {
        List<Area> areas = new ArrayList<>();
        long image = examination.profile().requireSymbol("_text");
        executable(examination, image, MODULES_END, areas);
        Set<Long> starts = vmallocAreas(examination, image, areas);
        for (Area area : merged(areas)) {
            Optional<String> module = moduleOf(examination, area, starts);
            List<Evidence> evidence = new ArrayList<>();
            evidence.add(new Evidence.Address("start", area.start()));
            evidence.add(new Evidence.Number("bytes", area.end() - area.start()));
            module.ifPresent(name -> evidence.add(new Evidence.Text("module", name)));
            examination.report(new Sighting(
                    FindingKind.CODE_WITHOUT_OWNER,
                    module.map(name -> "module " + name).orElse("code at 0x" + Long.toHexString(area.start())),
                    FindingKind.CODE_WITHOUT_OWNER.severity(),
                    evidence));
        }
    }

    /** Collects executable pages without an owner. */
    private static void executable(Examination examination, long from, long to, List<Area> areas) {
        long address = from;
        for (int step = 0; Long.compareUnsigned(address, to) < 0 && address != 0; step++) {
            if (step == MAXIMUM_STEPS) {
                examination.gap(Reason.TOO_MANY, "page tables", address);
                return;
            }
            address = switch (examination.memory().translate(address)) {
                case Translation.Mapped page -> {
                    long end = (address & -page.pageSize()) + page.pageSize();
                    if (page.executable()) {
                        unowned(examination, address, end, areas);
                    }
                    yield end;
                }
                case Translation.NotPresent hole -> behind(address, hole.level());
                case Translation.Malformed hole -> behind(address, hole.level());
                case Translation.NoMemory hole -> behind(address, Math.max(hole.level(), 1));
                case Translation.NotCanonical _ -> to;
            };
        }
    }

    private static long behind(long address, int level) {
        long size = PAGE << 9 * (level - 1);
        return (address & -size) + size;
    }

    private static void unowned(Examination examination, long start, long end, List<Area> areas) {
        for (long page = start; page != end; page += PAGE) {
            if (examination.code().ownerOfPage(page).isEmpty()) {
                areas.add(new Area(page, page + PAGE));
            }
        }
    }

    private static List<Area> merged(List<Area> pages) {
        List<Area> areas = new ArrayList<>();
        for (Area page : pages) {
            if (!areas.isEmpty() && areas.getLast().end() == page.start()) {
                areas.set(areas.size() - 1, new Area(areas.getLast().start(), page.end()));
            } else {
                areas.add(page);
            }
        }
        return areas;
    }

    /** Looks at areas below the kernel's image; returns where all areas start. */
    private static Set<Long> vmallocAreas(Examination examination, long image, List<Area> areas) {
        Reading reading = examination.reading();
        int start = reading.offset("vmap_area", "va_start");
        int end = reading.offset("vmap_area", "va_end");
        Set<Long> starts = new TreeSet<>();
        forEachArea(reading, area -> {
            long from = reading.pointer(area, start);
            long to = reading.pointer(area, end);
            if (starts.add(from)
                    && Long.compareUnsigned(from, image) < 0
                    && Long.compareUnsigned(to - from, MAXIMUM_AREA) <= 0) {
                executable(examination, from, to, areas);
            }
        });
        return starts;
    }

    /** One tree for all areas up to 6.8, later one for each of several nodes. */
    private static void forEachArea(Reading reading, LongConsumer visitor) {
        int node = reading.offset("vmap_area", "rb_node");
        if (reading.profile().symbol("vmap_nodes").isEmpty()) {
            reading.tree("vmap_area_root", reading.profile().requireSymbol("vmap_area_root"), node, visitor);
            return;
        }
        long nodes = reading.memory().u64(reading.profile().requireSymbol("vmap_nodes"));
        int count = Math.min(reading.memory().u32(reading.profile().requireSymbol("nr_vmap_nodes")), 1 << 10);
        int size = reading.profile().size("vmap_node");
        for (int index = 0; index < count; index++) {
            long root = nodes + (long) index * size + reading.offset("vmap_node", "busy.root");
            reading.part("vmap_node", () -> reading.tree("vmap_node.busy", root, node, visitor));
        }
    }

    /**
     * A {@code struct module} lies in its own memory and says where its code is: some word of an area for modules is the address
     * of the code, and a name lies where that word makes one expect it.
     */
    private static Optional<String> moduleOf(Examination examination, Area code, Set<Long> starts) {
        Reading reading = examination.reading();
        int base = reading.profile().has("module", "core_layout")
                ? reading.offset("module", "core_layout.base")
                : reading.offset("module", "mem") + reading.offset("module_memory", "base");
        int name = reading.offset("module", "name");
        for (long start : starts) {
            if (Long.compareUnsigned(start, reading.profile().requireSymbol("_text")) < 0) {
                continue;
            }
            for (long word = start;
                    word < start + MAXIMUM_MODULE && reading.memory().readable(word);
                    word += Long.BYTES) {
                if (reading.memory().u64(word) == code.start()) {
                    Optional<String> found = moduleName(reading, word - base + name);
                    if (found.isPresent()) {
                        return found;
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** Words other than that of a module hold the address, too. */
    private static Optional<String> moduleName(Reading reading, long address) {
        try {
            String name = reading.memory().string(address, NAME);
            return name.matches("[A-Za-z0-9_-]{1,55}") ? Optional.of(name) : Optional.empty();
        } catch (Unreadable nowhere) {
            return Optional.empty();
        }
    }
}
