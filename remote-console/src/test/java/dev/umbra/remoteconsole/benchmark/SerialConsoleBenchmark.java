// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.benchmark;

import dev.umbra.remoteconsole.serial.SerialAttachment;
import dev.umbra.remoteconsole.serial.SerialConsole;
import dev.umbra.remoteconsole.serial.SerialConsoleConfig;
import dev.umbra.remoteconsole.serial.SerialEvent;
import dev.umbra.remoteconsole.serial.SerialLine;
import dev.umbra.remoteconsole.serial.SerialSession;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Characters of a device per second through a console to a writer that reads them all, committed after each frame of 256; beside it
 * the same characters into an array, which nothing beats. Run as a program it prints its figure as one line of JSON.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class SerialConsoleBenchmark {
    private static final int FRAME = 256;

    private final byte[] array = new byte[1 << 20];
    private int position;

    private ScheduledExecutorService scheduler;
    private MemorySegment state;
    private SerialConsole console;

    /** A console with a writer that keeps up. */
    @Setup
    public void open() {
        SerialConsoleConfig config = SerialConsoleConfig.defaults();
        scheduler = Executors.newSingleThreadScheduledExecutor();
        state = Arena.ofAuto().allocate(SerialConsole.STATE_SIZE, 8);
        console = new SerialConsole(config, Arena.ofAuto().allocate(config.storageSize(), 8), new NoLine(), scheduler);
        SerialSession writer = console.attach(SerialAttachment.writer("benchmark"));
        Thread.ofVirtual().start(() -> drain(writer));
    }

    @TearDown
    public void close() {
        console.close();
        scheduler.shutdownNow();
    }

    /** One frame of output. */
    @Benchmark
    @OperationsPerInvocation(FRAME)
    public void consoleOutput() {
        for (int index = 0; index < FRAME; index++) {
            while (!console.transmit(index)) {
                Thread.onSpinWait();
            }
        }
        console.save(state);
        console.publish();
    }

    /** The least that has to be done. */
    @Benchmark
    @OperationsPerInvocation(FRAME)
    public byte[] arrayOutput() {
        for (int index = 0; index < FRAME; index++) {
            array[position] = (byte) index;
            position = (position + 1) & (array.length - 1);
        }
        return array;
    }

    /** Runs both and prints one line of JSON. */
    public static void main(String[] arguments) throws RunnerException {
        double value = measure("consoleOutput");
        double baseline = measure("arrayOutput");
        System.out.println(String.format(
                Locale.ROOT,
                "{\"bench\":\"console-output\",\"value\":%.0f,\"unit\":\"characters/s\",\"baseline\":%.0f,\"ratio\":%.3f}",
                value,
                baseline,
                value / baseline));
    }

    private static double measure(String method) throws RunnerException {
        Options options = new OptionsBuilder()
                .include(SerialConsoleBenchmark.class.getName() + "." + method)
                .verbosity(VerboseMode.SILENT)
                .build();
        PrintStream silence = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return new Runner(options, OutputFormatFactory.createFormatInstance(silence, VerboseMode.SILENT))
                .runSingle()
                .getPrimaryResult()
                .getScore();
    }

    private static void drain(SerialSession writer) {
        byte[] buffer = new byte[32 << 10];
        try {
            while (!(writer.next(buffer, Duration.ofSeconds(1)) instanceof SerialEvent.Closed)) {
                Thread.onSpinWait();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class NoLine implements SerialLine {
        @Override
        public void inputReady() {}

        @Override
        public void outputReady() {}
    }
}
