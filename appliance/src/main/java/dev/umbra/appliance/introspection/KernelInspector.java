// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.appliance.introspection.InspectedVm.Generation;
import dev.umbra.appliance.introspection.InspectedVm.Hold;
import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.detect.Detector;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelOpening;
import dev.umbra.introspection.kernel.ProfileCache;
import dev.umbra.introspection.kernel.UnknownKernel;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Paging;
import dev.umbra.introspection.memory.PhysicalMemory;
import dev.umbra.introspection.memory.Unreadable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Looks into a VM through its kernel. The kernel is opened once and used until the VM is reset or gets another root, or its banner
 * is not where it was: until then its layout does not change.
 *
 * <p>In live mode each section is read while the VM runs, one after the other, within the share of the processor that the watcher
 * allows. In paused mode everything is read for practice first; then the VM is held, everything is read in one go, and only then is
 * it put into words. A VM that could not be held all the time gives its facts all the same, with a gap that says so.
 */
final class KernelInspector implements Inspector {
    private static final int LONGEST_BANNER = 512;
    private static final int TRANSLATIONS = 64;
    private static final int REHEARSALS = 5;
    private static final Duration LONGEST_BOOT = Duration.ofMinutes(10);
    private static final String BOOTS = "the VM boots, or was reset while it was looked at";
    private static final Gap NOT_HELD =
            new Gap("not-held", "the VM ran while this was read, for the pause failed or reached its limit", null, 1);

    private final InspectedVm vm;
    private final ProfileCache profiles;
    private final Duration longestPause;
    private final long largestSection;
    private final IntrospectionCounters counters;
    private final Detecting detecting;
    private final BootWatch boot = new BootWatch(LONGEST_BOOT, System::nanoTime);

    private Opened opened;

    private record Opened(Generation generation, PhysicalMemory memory, Kernel kernel) {}

    private record Reading(Map<Section, SectionFacts> sections, Duration pause) {}

    /** @param largestSection bytes of facts that are kept of a section */
    KernelInspector(
            InspectedVm vm,
            List<Detector> detectors,
            ProfileCache profiles,
            Duration longestPause,
            long largestSection,
            IntrospectionCounters counters) {
        this.largestSection = largestSection;
        this.vm = vm;
        this.profiles = profiles;
        this.longestPause = longestPause;
        this.counters = counters;
        this.detecting = new Detecting(vm, detectors, longestPause);
    }

    /** What was opened is kept only while it can be seen through. */
    @Override
    public Inspection inspect(ScanRequest request, Watcher watcher) {
        watcher.step("kernel");
        Inspection inspection = attempt(request, watcher);
        if (!(inspection instanceof Inspection.Seen)) {
            opened = null;
        }
        return inspection;
    }

    private Inspection attempt(ScanRequest request, Watcher watcher) {
        Optional<Generation> generation = vm.generation();
        if (generation.isEmpty()) {
            return new Inspection.Unreachable("the VM is gone, or its host is not attached");
        }
        Optional<String> obstacle = vm.obstacle();
        if (obstacle.isPresent()) {
            return new Inspection.Unreachable(obstacle.get());
        }
        List<VcpuRegisters> registers = vm.registers();
        if (boots(registers)) {
            return new Inspection.Unreachable(BOOTS);
        }
        Optional<Inspection> unopened = open(generation.get(), registers);
        if (unopened.isPresent()) {
            return unopened.get() instanceof Inspection.Refused refused && boot.startsAnew(generation.get())
                    ? new Inspection.Unreachable(BOOTS + ": " + refused.reason())
                    : unopened.get();
        }
        if (boot.goesOn(generation.get(), opened.kernel.isUp())) {
            return new Inspection.Unreachable(BOOTS);
        }
        Inspection seen = look(opened.kernel, registers, request, watcher);
        obstacle = vm.obstacle();
        if (obstacle.isPresent()) {
            return new Inspection.Unreachable(obstacle.get());
        }
        return vm.generation().equals(generation) && !boots(vm.registers()) ? seen : new Inspection.Unreachable(BOOTS);
    }

    /** @return why there is no kernel to look through, if so */
    private Optional<Inspection> open(Generation generation, List<VcpuRegisters> registers) {
        if (opened != null && opened.generation.equals(generation) && standing(opened.kernel)) {
            return Optional.empty();
        }
        Optional<PhysicalMemory> memory = vm.memory();
        if (memory.isEmpty()) {
            return Optional.of(new Inspection.Unreachable("the memory of the VM is not known"));
        }
        return switch (Kernel.open(memory.get(), registers, profiles)) {
            case KernelOpening.Refused refused -> Optional.of(new Inspection.Refused(refused.reason()));
            case KernelOpening.Opened found
            when !runs(found.kernel(), memory.get(), registers) ->
                Optional.of(new Inspection.Refused("the VM boots: its first processor does not run the kernel found"));
            case KernelOpening.Opened found -> {
                counters.kernelOpened();
                opened = new Opened(generation, memory.get(), found.kernel());
                yield Optional.empty();
            }
        };
    }

    private static Optional<VcpuRegisters> firstProcessor(List<VcpuRegisters> all) {
        return all.stream().filter(registers -> registers.vcpu() == 0).findFirst();
    }

    /** In firmware and boot loaders there is no kernel, however much of the former one is in memory still. */
    private static boolean boots(List<VcpuRegisters> all) {
        return firstProcessor(all).filter(registers -> !registers.longMode()).isPresent();
    }

    /** The other processors may have their registers from before a reset. */
    private static boolean runs(Kernel kernel, PhysicalMemory memory, List<VcpuRegisters> all) {
        return firstProcessor(all)
                .map(registers -> {
                    long text = kernel.profile().requireSymbol("_text");
                    AddressSpace space =
                            new AddressSpace(memory, kernel.kernelRoot(registers), Paging.of(registers), TRANSLATIONS);
                    return space.physical(text) == kernel.memory().physical(text);
                })
                .orElse(true);
    }

    /** Whether the kernel is still there: another one, after a reboot that nobody told of, would be misread. */
    private static boolean standing(Kernel kernel) {
        kernel.memory().invalidate();
        try {
            String banner = kernel.profile().banner();
            return kernel.memory()
                    .string(kernel.profile().requireSymbol("linux_banner"), LONGEST_BANNER)
                    .startsWith(banner);
        } catch (Unreadable | UnknownKernel gone) {
            return false;
        }
    }

    private Inspection look(Kernel kernel, List<VcpuRegisters> registers, ScanRequest request, Watcher watcher) {
        List<Section> sections = request.sections().stream().sorted().toList();
        Reading reading =
                request.mode() == ScanMode.PAUSED ? paused(kernel, sections, watcher) : live(kernel, sections, watcher);
        Duration pause = reading.pause;
        Optional<Detection> detection = Optional.empty();
        if (request.detection()) {
            watcher.step("detection");
            Detecting.Result found = detecting.detect(kernel, registers, watcher);
            pause = pause.plus(found.pause());
            detection = Optional.of(found.detection());
        }
        return new Inspection.Seen(
                new KernelIdentity(kernel.profile().release(), kernel.profile().buildId()),
                reading.sections,
                pause,
                detection);
    }

    private Reading live(Kernel kernel, List<Section> sections, Watcher watcher) {
        SectionReader reader = new SectionReader(kernel);
        Map<Section, SectionFacts> seen = new EnumMap<>(Section.class);
        for (Section section : sections) {
            watcher.step(section.name().toLowerCase(Locale.ROOT));
            seen.put(section, reader.read(section, watcher::saw).facts().within(largestSection));
        }
        return new Reading(seen, Duration.ZERO);
    }

    private Reading paused(Kernel kernel, List<Section> sections, Watcher watcher) {
        rehearse(kernel, sections, watcher);
        Optional<Hold> hold = vm.hold(longestPause);
        Map<Section, SectionReader.Read> read;
        Optional<Duration> held;
        try {
            read = read(kernel, sections);
        } finally {
            held = hold.flatMap(Hold::release);
        }
        Map<Section, SectionFacts> seen = new EnumMap<>(Section.class);
        for (Section section : sections) {
            watcher.step(section.name().toLowerCase(Locale.ROOT));
            SectionFacts facts = read.get(section).facts().within(largestSection);
            seen.put(section, held.isPresent() ? facts : running(facts));
            watcher.saw(facts.facts().size());
        }
        return new Reading(seen, held.orElse(hold.isPresent() ? longestPause : Duration.ZERO));
    }

    /**
     * Reads while the VM runs what is to be read while it is held: then memory is in caches and code is compiled, and the VM is held
     * for a fraction of the time. It is read again until that fits well into the pause.
     */
    private void rehearse(Kernel kernel, List<Section> sections, Watcher watcher) {
        watcher.step("rehearsal");
        long limit = longestPause.toNanos() / 2;
        for (int times = 0; times < REHEARSALS; times++) {
            long start = System.nanoTime();
            read(kernel, sections);
            if (System.nanoTime() - start < limit) {
                return;
            }
            watcher.saw(0);
        }
    }

    private static Map<Section, SectionReader.Read> read(Kernel kernel, List<Section> sections) {
        SectionReader reader = new SectionReader(kernel);
        Map<Section, SectionReader.Read> read = new EnumMap<>(Section.class);
        kernel.memory().invalidate();
        sections.forEach(section -> read.put(section, reader.read(section, facts -> {})));
        return read;
    }

    private static SectionFacts running(SectionFacts facts) {
        List<Gap> gaps = new ArrayList<>(facts.gaps());
        gaps.add(NOT_HELD);
        return new SectionFacts(facts.facts(), gaps);
    }
}
