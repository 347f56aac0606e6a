// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.benchmark;

import dev.umbra.shadowdevices.display.FrameBufferMemory;
import dev.umbra.shadowdevices.display.Picture;
import dev.umbra.shadowdevices.display.Screen;
import dev.umbra.shadowdevices.display.VgaDisplay;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Looks per second at a frame of 1920x1080 pixels of 32 bits that has not changed, page by page as a tenant's memory lies in its
 * file, beside a copy of the same bytes in one piece. Run as a program it prints its figure as one line of JSON.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class VramScanBenchmark {
    private static final int WIDTH = 1920;
    private static final int HEIGHT = 1080;
    private static final long FRAME_BYTES = 4L * WIDTH * HEIGHT;
    private static final long MEMORY_SIZE = 16 << 20;
    private static final double BYTES_PER_GIGABYTE = 1e9;

    private static final int INDEX_PORT = 0x1ce;
    private static final int DATA_PORT = 0x1cf;
    private static final int ATTRIBUTE_PORT = 0x3c0;

    private final MemorySegment memory = Arena.ofAuto().allocate(MEMORY_SIZE, 4096);
    private final MemorySegment copy = Arena.ofAuto().allocate(FRAME_BYTES, 4096);
    private final Picture picture = new Picture(WIDTH, HEIGHT);
    private Screen screen;

    /** A frame of noise, seen once. */
    @Setup
    public void prepare() {
        FrameBufferMemory view = new FrameBufferMemory() {
            @Override
            public MemorySegment page(int index) {
                return memory.asSlice((long) index * PAGE_SIZE, PAGE_SIZE);
            }

            @Override
            public long size() {
                return MEMORY_SIZE;
            }
        };
        VgaDisplay display = new VgaDisplay(Arena.ofAuto().allocate(VgaDisplay.PLANE_MEMORY_SIZE), view);
        screen = display.screen(view);
        display.portWrite(ATTRIBUTE_PORT, 1, 0x20);
        int[][] mode = {{1, WIDTH}, {2, HEIGHT}, {3, 32}, {4, 0xc1}};
        for (int[] register : mode) {
            display.portWrite(INDEX_PORT, 2, register[0]);
            display.portWrite(DATA_PORT, 2, register[1]);
        }
        SplittableRandom random = new SplittableRandom(1);
        for (long at = 0; at < FRAME_BYTES; at += Integer.BYTES) {
            memory.set(ValueLayout.JAVA_INT, at, random.nextInt(1 << 24));
        }
        screen.refresh(picture);
    }

    /** One look. */
    @Benchmark
    public boolean unchangedFrame() {
        screen.refresh(picture);
        return picture.isDamaged();
    }

    /** The same bytes, copied. */
    @Benchmark
    public MemorySegment copiedFrame() {
        return copy.copyFrom(memory.asSlice(0, FRAME_BYTES));
    }

    /** Runs the benchmark and its baseline and prints one line of JSON. */
    public static void main(String[] arguments) throws RunnerException {
        Options options = new OptionsBuilder()
                .include(VramScanBenchmark.class.getName())
                .verbosity(VerboseMode.SILENT)
                .build();
        PrintStream silence = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        Collection<RunResult> results =
                new Runner(options, OutputFormatFactory.createFormatInstance(silence, VerboseMode.SILENT)).run();
        double scan = gigabytesPerSecond(results, "unchangedFrame");
        double baseline = gigabytesPerSecond(results, "copiedFrame");
        System.out.println(String.format(
                Locale.ROOT,
                "{\"bench\":\"vram-scan\",\"value\":%.2f,\"unit\":\"GB/s\",\"baseline\":%.2f,\"ratio\":%.2f}",
                scan,
                baseline,
                scan / baseline));
    }

    private static double gigabytesPerSecond(Collection<RunResult> results, String method) {
        return results.stream()
                .map(RunResult::getPrimaryResult)
                .filter(result -> result.getLabel().equals(method))
                .mapToDouble(result -> result.getScore() * FRAME_BYTES / BYTES_PER_GIGABYTE)
                .findFirst()
                .orElseThrow();
    }
}
