// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.benchmark;

import dev.umbra.cloudhypervisor.memory.CloudMemory;
import dev.umbra.cloudhypervisor.memory.MemoryExtent;
import dev.umbra.cloudhypervisor.memory.MemoryFile;
import dev.umbra.cloudhypervisor.memory.NestedTable;
import dev.umbra.cloudhypervisor.memory.NestedTable.Format;
import dev.umbra.cloudhypervisor.memory.TenantMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Pages per second that one thread finds and copies out of a tenant's memory, in pages of 4 KiB that lie scattered in a
 * cloud VM whose memory consists of extents of 2 MiB; beside a copy of the same bytes by plain offsets.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class TenantMemoryBenchmark {
    private static final int PAGE = 4096;
    private static final int PAGES = 2048;
    private static final long EXTENT = 2L << 20;
    private static final int EXTENTS = 32;
    private static final long TABLES = 0x1000;

    private final MemorySegment destination = Arena.ofAuto().allocate(PAGE, PAGE);
    private final long[] places = new long[PAGES];
    private volatile long root = TABLES;
    private MemorySegment file;
    private TenantMemory warm;

    @Setup
    public void map() throws IOException {
        Path path = Files.createTempFile("umbra", ".memory");
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment bytes = channel.map(MapMode.READ_WRITE, 0, EXTENTS * EXTENT, Arena.ofAuto());
            bytes.fill((byte) 1);
            List<MemoryExtent> extents = new ArrayList<>();
            for (long extent = 0; extent < EXTENTS; extent++) {
                extents.add(new MemoryExtent(extent * EXTENT, EXTENT, (EXTENTS - 1 - extent) * EXTENT));
            }
            makeTables(bytes.asSlice((EXTENTS - 1) * EXTENT));
            MemoryFile mapped = MemoryFile.map(path);
            file = mapped.segment();
            CloudMemory memory = mapped.cloudMemory(extents);
            warm = new TenantMemory(new NestedTable(Format.NPT, 4), () -> memory, () -> root);
        } finally {
            Files.delete(path);
        }
    }

    /** All tables lie in the first extent; the tenant's pages are behind it, far apart. */
    private void makeTables(MemorySegment tables) {
        tables.set(ValueLayout.JAVA_LONG, TABLES, TABLES + 0x1000 | 7);
        tables.set(ValueLayout.JAVA_LONG, TABLES + 0x1000, TABLES + 0x2000 | 7);
        for (int page = 0; page < PAGES; page++) {
            long table = TABLES + 0x3000 + (page >> 9 << 12);
            tables.set(ValueLayout.JAVA_LONG, TABLES + 0x2000 + (page >> 9) * 8L, table | 7);
            long cloudPhysical = EXTENT + page * 769L % ((EXTENTS - 1) * EXTENT / PAGE) * PAGE;
            tables.set(ValueLayout.JAVA_LONG, table + (page & 511) * 8L, cloudPhysical | 7);
            places[page] = (EXTENTS - 1 - cloudPhysical / EXTENT) * EXTENT + cloudPhysical % EXTENT;
        }
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public long copy() {
        for (long place : places) {
            MemorySegment.copy(file, place, destination, 0, PAGE);
        }
        return destination.get(ValueLayout.JAVA_BYTE, 0);
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public long read() {
        long done = 0;
        for (long page = 0; page < PAGES; page++) {
            done += warm.read(page * PAGE, destination);
        }
        return done;
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public long readCold() {
        root ^= 1;
        return read();
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public long translate() {
        long found = 0;
        for (long page = 0; page < PAGES; page++) {
            found += warm.contiguous(page * PAGE, 1);
        }
        return found;
    }

    /** Prints one line of JSON per figure. */
    public static void main(String[] arguments) throws RunnerException {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(TenantMemoryBenchmark.class.getName())
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
        Map<String, Double> scores = results.stream()
                .collect(Collectors.toMap(
                        result -> result.getPrimaryResult().getLabel(),
                        result -> result.getPrimaryResult().getScore()));
        double copy = scores.get("copy");
        line("tenant-memory-read", scores.get("read") * PAGE, "bytes/s", copy * PAGE);
        line("tenant-memory-read-cold", scores.get("readCold") * PAGE, "bytes/s", copy * PAGE);
        System.out.printf(
                Locale.ROOT,
                "{\"bench\":\"tenant-memory-translate\",\"value\":%.0f,\"unit\":\"translations/s\","
                        + "\"baseline\":null,\"ratio\":null}%n",
                scores.get("translate"));
    }

    private static void line(String bench, double value, String unit, double baseline) {
        System.out.printf(
                Locale.ROOT,
                "{\"bench\":\"%s\",\"value\":%.0f,\"unit\":\"%s\",\"baseline\":%.0f,\"ratio\":%.2f}%n",
                bench,
                value,
                unit,
                baseline,
                value / baseline);
    }
}
