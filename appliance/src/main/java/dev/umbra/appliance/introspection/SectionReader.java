// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.view.MemoryMap;
import dev.umbra.introspection.view.Process;
import dev.umbra.introspection.view.Socket;
import dev.umbra.introspection.view.View;
import dev.umbra.introspection.view.Views;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * Reads sections of one kernel through its views. What several sections need is read once. Reading comes apart from making facts
 * of it: only the first must be quick while a VM is held.
 */
final class SectionReader {
    /** A section that was read and has not been put into words. */
    interface Read {
        SectionFacts facts();
    }

    /** Of all processes together; a view bounds those of one. */
    private static final long MOST_MAPPINGS = 1 << 16;

    private final Views views;
    private View<Process> processes;

    SectionReader(Kernel kernel) {
        this.views = new Views(kernel);
    }

    /** @param saw told how many facts were read, perhaps in portions */
    Read read(Section section, LongConsumer saw) {
        return switch (section) {
            case PROCESSES -> {
                View<Process> all = processes();
                saw.accept(all.entries().size());
                yield read(all, Facts::of);
            }
            case THREADS -> counted(views.threads(), Facts::of, saw);
            case MODULES -> counted(views.modules(), Facts::of, saw);
            case SOCKETS -> sockets(saw);
            case FILES -> counted(views.openFiles(), Facts::of, saw);
            case MAPS -> maps(saw);
            case MOUNTS -> counted(views.mounts(), Facts::of, saw);
            case LOG -> counted(views.kernelLog(), Facts::of, saw);
            case INTERFACES -> counted(views.interfaces(), Facts::of, saw);
            case BPF -> counted(views.bpfPrograms(), Facts::of, saw);
            case CONTAINERS -> counted(views.containers(), Facts::of, saw);
        };
    }

    private View<Process> processes() {
        if (processes == null) {
            processes = views.processes();
        }
        return processes;
    }

    private Read sockets(LongConsumer saw) {
        View<Socket> inTables = views.sockets();
        saw.accept(inTables.entries().size());
        View<Socket> held = views.openSockets();
        return () -> new SectionFacts(Facts.sockets(inTables.entries(), held.entries()), gaps(List.of(inTables, held)));
    }

    private Read maps(LongConsumer saw) {
        List<View<MemoryMap>> all = new ArrayList<>();
        List<Gap> left = new ArrayList<>();
        long mappings = 0;
        for (Process process : processes().entries()) {
            if (mappings >= MOST_MAPPINGS) {
                left.add(new Gap("too-many", "mappings of all processes", null, 1));
                break;
            }
            View<MemoryMap> maps = views.memoryMaps(process);
            saw.accept(maps.entries().size());
            mappings += maps.entries().size();
            all.add(maps);
        }
        left.addAll(gaps(all));
        return () -> new SectionFacts(
                all.stream().flatMap(View::stream).map(Facts::of).toList(), left);
    }

    private static <T> Read counted(View<T> view, Function<T, Fact> words, LongConsumer saw) {
        saw.accept(view.entries().size());
        return read(view, words);
    }

    private static <T> Read read(View<T> view, Function<T, Fact> words) {
        return () -> new SectionFacts(view.stream().map(words).toList(), gaps(List.of(view)));
    }

    /** The same gap in many places is one. */
    private static List<Gap> gaps(List<? extends View<?>> views) {
        return Gap.merged(views.stream().flatMap(view -> view.gaps().stream()).map(Facts::of));
    }
}
