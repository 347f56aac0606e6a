// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.benchmark;

import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.PhysicalMemory;
import dev.umbra.introspection.memory.Translation.Mapped;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collection;
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
 * Pages per second that one thread translates, and copies out of a kernel's virtual memory, in pages of 4 KiB mapped one
 * by one in the area of {@code vmalloc}, where neighbours lie apart; beside a copy of the same bytes by plain offsets.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class VirtualMemoryBenchmark {
    private static final int PAGE = PhysicalMemory.PAGE;
    private static final int PAGES = 512;
    private static final long LARGEST_AREA = 1L << 40;

    private final MemorySegment destination = Arena.ofAuto().allocate(PAGE, PAGE);
    private final long[] addresses = new long[PAGES];
    private final long[] places = new long[PAGES];
    private MemorySegment bytes;
    private AddressSpace space;

    @Setup
    public void open() throws IOException {
        Kernel kernel = BenchmarkMachine.kernel();
        space = kernel.memory();
        bytes = space.memory().bytes();
        int count = 0;
        long address = kernel.vmallocBase();
        while (count < PAGES && address < kernel.vmallocBase() + LARGEST_AREA) {
            if (space.translate(address) instanceof Mapped mapped && mapped.pageSize() == PAGE) {
                addresses[count] = address;
                places[count++] = space.memory().place(mapped.physical());
            }
            address = space.next(address + PAGE, kernel.vmallocBase() + LARGEST_AREA);
        }
        if (count < PAGES) {
            throw new IllegalStateException("only " + count + " pages");
        }
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public long copy() {
        for (long place : places) {
            MemorySegment.copy(bytes, place, destination, 0, PAGE);
        }
        return destination.get(ValueLayout.JAVA_BYTE, 0);
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public long read() {
        for (long address : addresses) {
            space.read(address, destination);
        }
        return destination.get(ValueLayout.JAVA_BYTE, 0);
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public long readCold() {
        space.invalidate();
        return read();
    }

    @Benchmark
    @OperationsPerInvocation(PAGES)
    public long translate() {
        long found = 0;
        for (long address : addresses) {
            found += space.physical(address);
        }
        return found;
    }

    /** Prints one line of JSON per figure; the argument is {@code vmi-read} or {@code vmi-translate}. */
    public static void main(String[] arguments) throws RunnerException {
        boolean reading = arguments[0].equals("vmi-read");
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(VirtualMemoryBenchmark.class.getName()
                                + (reading ? ".(copy|read|readCold)$" : ".translate$"))
                        .jvmArgsAppend("-Dumbra.snapshots=" + System.getProperty("umbra.snapshots"))
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
        Map<String, Double> scores = results.stream()
                .collect(Collectors.toMap(
                        result -> result.getPrimaryResult().getLabel(),
                        result -> result.getPrimaryResult().getScore()));
        if (reading) {
            double copy = scores.get("copy");
            line("vmi-read", scores.get("read"), copy);
            line("vmi-read-cold", scores.get("readCold"), copy);
        } else {
            String value = String.format(Locale.ROOT, "%.0f", scores.get("translate"));
            BenchmarkMachine.line("vmi-translate", value, "translations/s", 0, 0);
        }
    }

    private static void line(String bench, double pages, double copied) {
        String value = String.format(Locale.ROOT, "%.0f", pages * PAGE);
        BenchmarkMachine.line(bench, value, "bytes/s", copied * PAGE, pages / copied);
    }
}
