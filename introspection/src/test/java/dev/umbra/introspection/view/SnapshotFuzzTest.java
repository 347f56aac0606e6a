// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelOpening.Opened;
import dev.umbra.introspection.kernel.ProfileCache;
import dev.umbra.introspection.memory.FuzzedMachine;
import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** A real kernel with a few words changed that a view reads: every view ends, throws nothing and has no end of entries. */
@EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
class SnapshotFuzzTest {
    private static final int MOST_ENTRIES = 1 << 21;
    private static Process process;
    private static final List<Function<Views, View<?>>> VIEWS = List.of(
            Views::processes,
            Views::threads,
            Views::kernelThreads,
            Views::openFiles,
            Views::sockets,
            Views::openSockets,
            Views::modules,
            Views::mounts,
            Views::kernelLog,
            Views::interfaces,
            Views::bpfPrograms,
            Views::containers,
            views -> views.memoryMaps(process),
            views -> views.openFiles(process),
            views -> views.threads(process));

    private static FuzzedMachine machine;
    private static Kernel kernel;
    private static List<long[]> places;

    @FuzzTest(maxDuration = "20s")
    void structures(FuzzedDataProvider data) throws IOException {
        if (kernel == null) {
            open(Snapshot.all().getFirst());
        }
        int view = data.consumeInt(0, VIEWS.size() - 1);
        machine.change(data, places.get(view));
        kernel.memory().invalidate();
        try {
            if (VIEWS.get(view).apply(new Views(kernel)).entries().size() > MOST_ENTRIES) {
                throw new AssertionError("no end");
            }
        } finally {
            machine.restore();
        }
    }

    private static void open(Snapshot snapshot) throws IOException {
        machine = new FuzzedMachine(snapshot.memory());
        kernel = ((Opened) Kernel.open(machine.memory(), snapshot.registers(), new ProfileCache(1))).kernel();
        process = new Views(kernel).processes().entries().getFirst();
        places = VIEWS.stream()
                .map(view -> machine.read(memory -> view.apply(new Views(kernel.over(memory)))))
                .toList();
    }
}
