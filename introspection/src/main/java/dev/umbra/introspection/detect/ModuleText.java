// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.detect.Modules.Module;
import dev.umbra.introspection.detect.Modules.Region;
import dev.umbra.introspection.kernel.structures.Budget;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.Translation;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The code and read-only data of loaded modules against what they were when each was first seen.
 *
 * <p>A module is remembered from the first scan at which it is loaded and its initialization is over, until it goes. One that is
 * loaded again is another one, though it lies where the old one lay: the number of its entry in sysfs tells, which the kernel
 * gives out once ({@code kernfs_node.id}). A module may go, and another come, while one is looked at; so what is seen counts only
 * if the same load is still there afterwards.
 *
 * <p>What breaks it: whoever changes a module before it is first seen, other than where {@link MemoryComparison} judges the form,
 * and whoever makes it look like another load.
 */
final class ModuleText implements Detector {
    /** One loading of a module. */
    private record Load(long module, String name, List<Region> text, List<Region> readOnly, long entry) {}

    /** What is remembered of it. */
    private record Seen(List<BlockHashes> text, List<BlockHashes> readOnly, PatchSites sites) {}

    /** What is remembered of a boot. */
    private record Kept(Map<Load, Seen> loads) {}

    private static final int PAGE = BlockHashes.PAGE;
    /** Of all modules together. */
    private static final int MAXIMUM_PAGES = 1 << 15;

    private static final int MAXIMUM_RECORDS = 1 << 20;

    @Override
    public String name() {
        return "module-text";
    }

    @Override
    public Set<FindingKind> kinds() {
        return Set.of(FindingKind.KERNEL_TEXT_CHANGED, FindingKind.KERNEL_DATA_CHANGED);
    }

    @Override
    public void examine(Examination examination) {
        Look look = new Look(examination);
        for (Module module : examination.modules().all()) {
            if (module.settled() && !module.text().isEmpty()) {
                examination.reading().part("module text", () -> look.at(module));
            }
        }
        examination.keep(new Kept(Map.copyOf(look.now)));
    }

    /** One comparison of all modules. */
    private static final class Look {
        private final Examination examination;
        private final Reading reading;
        private final MemoryComparison comparison;
        private final Map<Load, Seen> before;
        private final Map<Load, Seen> now = new HashMap<>();
        private final Budget pages = new Budget(MAXIMUM_PAGES);
        private final Budget records = new Budget(MAXIMUM_RECORDS);
        private final long secret = new SecureRandom().nextLong();

        Look(Examination examination) {
            this.examination = examination;
            this.reading = examination.reading();
            this.comparison = new MemoryComparison(examination);
            this.before = examination.previous(Kept.class).map(Kept::loads).orElse(Map.of());
        }

        void at(Module module) {
            Load load = load(module);
            Optional<Seen> seen = Optional.ofNullable(before.get(load)).or(() -> first(module));
            if (seen.isEmpty()) {
                return;
            }
            Code code = new Code(module);
            for (BlockHashes text : seen.get().text()) {
                comparison.code(text, seen.get().sites(), code);
            }
            for (BlockHashes constants : seen.get().readOnly()) {
                comparison.constants(constants, code);
            }
            if (load.equals(load(module)) && isLive(module)) {
                now.put(load, seen.get());
                code.sightings.forEach(examination::report);
            }
        }

        private Load load(Module module) {
            long entry = reading.pointer(module.address(), reading.offset("module", "mkobj.kobj.sd"));
            long number = entry == 0 ? 0 : reading.pointer(entry, reading.offset("kernfs_node", "id"));
            return new Load(module.address(), module.name(), module.text(), module.readOnly(), number);
        }

        private boolean isLive(Module module) {
            return examination.profile().field("module", "state").read(examination.memory(), module.address()) == 0;
        }

        private Optional<Seen> first(Module module) {
            ModuleSymbols symbols = ModuleSymbols.of(examination, module);
            long number = Stream.concat(module.text().stream(), module.readOnly().stream())
                    .mapToLong(Look::wholePages)
                    .sum();
            if (!pages.take(number) || !records.take(symbols.count())) {
                examination.gap(Reason.TOO_MANY, "module text", module.address());
                return Optional.empty();
            }
            List<BlockHashes> readOnly = hashes(module.readOnly());
            if (!readOnly.stream().allMatch(this::writeProtected)) {
                return Optional.empty();
            }
            List<Long> trampolines = symbols.beginningWith(PatchSiteReader.TRAMPOLINE);
            PatchSites sites = PatchSiteReader.ofModule(examination, module, trampolines, records);
            return Optional.of(new Seen(hashes(module.text()), readOnly, sites));
        }

        private List<BlockHashes> hashes(List<Region> regions) {
            return regions.stream()
                    .map(region -> new BlockHashes(firstPage(region), (int) wholePages(region), secret))
                    .toList();
        }

        private static long firstPage(Region region) {
            return region.base() + PAGE - 1 & -PAGE;
        }

        /** Kernels that do not end kinds of memory with a page do not protect the page either. */
        private static long wholePages(Region region) {
            return Math.max(region.base() + region.size() - firstPage(region), 0) / PAGE;
        }

        /** Just before it is, the module's own start may still write. */
        private boolean writeProtected(BlockHashes constants) {
            return constants.pages() == 0
                    || examination.memory().translate(constants.start()) instanceof Translation.Mapped page
                            && !page.writable();
        }

        /** The names of a module, and its sightings until they count. */
        private final class Code implements MemoryComparison.Owner {
            private final Module module;
            private final List<Sighting> sightings = new ArrayList<>();
            private NavigableMap<Long, String> names;
            private Set<String> needed;

            Code(Module module) {
                this.module = module;
            }

            @Override
            public String name(long address) {
                if (names == null) {
                    ModuleSymbols symbols = ModuleSymbols.of(examination, module);
                    names = records.take(symbols.count()) ? symbols.byAddress() : Collections.emptyNavigableMap();
                }
                Map.Entry<Long, String> symbol = names.floorEntry(address);
                String function =
                        symbol == null || module.all().stream().noneMatch(part -> part.contains(symbol.getKey()))
                                ? "0x" + Long.toHexString(address)
                                : symbol.getValue();
                return function + " [" + module.name() + "]";
            }

            /** The kernel's, its own, and that of modules whose symbols it uses. */
            @Override
            public boolean mayGoOnTo(CodeMap.Code code) {
                return switch (code.owner()) {
                    case HIDDEN_MODULE -> false;
                    case MODULE -> code.name().equals(module.name()) || needed().contains(code.name());
                    default -> true;
                };
            }

            private Set<String> needed() {
                if (needed == null) {
                    needed = new HashSet<>();
                    long head = module.address() + reading.offset("module", "target_list");
                    int name = reading.offset("module", "name");
                    int target = reading.offset("module_use", "target");
                    reading.ring("module.target_list", head, reading.offset("module_use", "target_list"), use -> {
                        if (needed.size() < Scan.MAXIMUM_SIGHTINGS) {
                            needed.add(reading.name(reading.pointer(use, target) + name));
                        }
                    });
                }
                return needed;
            }

            @Override
            public void report(Sighting sighting) {
                if (sightings.size() <= Scan.MAXIMUM_SIGHTINGS) {
                    sightings.add(sighting);
                }
            }
        }
    }
}
