// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelOpening;
import dev.umbra.introspection.kernel.ProfileCache;
import dev.umbra.introspection.memory.MemoryImage;
import dev.umbra.introspection.memory.PhysicalMemory;
import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** A real kernel whose structures were changed here and there: every view ends, and throws nothing. */
@EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
class SnapshotFuzzTest {
    private static final int REACH = 4096;

    private record Changed(long place, long before) {}

    private static MemorySegment bytes;
    private static Kernel kernel;
    private static List<Long> addresses;

    @FuzzTest(maxDuration = "20s")
    void structures(FuzzedDataProvider data) throws IOException {
        if (kernel == null) {
            open(Snapshot.all().getFirst());
        }
        Deque<Changed> changes = new ArrayDeque<>();
        while (data.remainingBytes() > 0) {
            long near = data.pickValue(addresses) + data.consumeInt(0, REACH) * 8L;
            long physical = kernel.memory().physical(near & -8);
            if (physical >= 0 && physical <= bytes.byteSize() - 8) {
                changes.push(new Changed(physical, bytes.get(ValueLayout.JAVA_LONG, physical)));
                long value = data.consumeBoolean() ? data.consumeLong() : data.pickValue(addresses);
                bytes.set(ValueLayout.JAVA_LONG, physical, value);
            }
        }
        kernel.memory().invalidate();
        try {
            AllViews.read(new Views(kernel));
        } finally {
            changes.forEach(change -> bytes.set(ValueLayout.JAVA_LONG, change.place(), change.before()));
        }
    }

    private static void open(Snapshot snapshot) throws IOException {
        try (FileChannel file = FileChannel.open(snapshot.folder().resolve("memory.raw"))) {
            bytes = Arena.ofAuto().allocate(file.size(), PhysicalMemory.PAGE);
            bytes.copyFrom(file.map(MapMode.READ_ONLY, 0, file.size(), Arena.ofAuto()));
        }
        KernelOpening opening = Kernel.open(new MemoryImage(bytes), snapshot.registers(), new ProfileCache(1));
        kernel = ((KernelOpening.Opened) opening).kernel();
        Views views = new Views(kernel);
        addresses = Stream.of(
                        views.threads().stream().map(Task::address),
                        views.processes().stream()
                                .map(process -> process.memory().address()),
                        views.openFiles().stream().map(OpenFile::address),
                        views.sockets().stream().map(Socket::address),
                        views.modules().stream().map(Module::address),
                        views.mounts().stream().map(Mount::address),
                        views.interfaces().stream().map(NetworkInterface::address),
                        views.bpfPrograms().stream().map(BpfProgram::address),
                        Stream.of("init_task", "modules", "prb", "prog_idr", "net_namespace_list", "nl_table")
                                .map(kernel.profile()::requireSymbol))
                .flatMap(all -> all)
                .filter(address -> address != 0)
                .toList();
    }
}
