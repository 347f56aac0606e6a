// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.benchmark;

import dev.umbra.shadowdevices.serial.SerialTransmitter;
import dev.umbra.shadowdevices.serial.Uart16550;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
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
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Register accesses of a 16550A per second, in the order of a driver that transmits in its interrupt: identification, line status, a
 * FIFO full of characters, identification again. Run as a program it prints its figure as one line of JSON.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class UartModelBenchmark {
    private static final int TRANSMITTER_HOLDING = 0;
    private static final int INTERRUPT_ENABLE = 1;
    private static final int INTERRUPT_IDENTIFICATION = 2;
    private static final int FIFO_CONTROL = 2;
    private static final int MODEM_CONTROL = 4;
    private static final int LINE_STATUS = 5;

    private static final int BURST = 16;
    private static final int OTHER_ACCESSES = 4;

    private long edges;
    private long characters;
    private Uart16550 uart;

    /** A port as a driver leaves it: FIFOs on, interrupts connected and enabled. */
    @Setup
    public void prepare() {
        uart = new Uart16550(asserted -> edges++, new SerialTransmitter() {
            @Override
            public boolean offer(int character) {
                characters += character;
                return true;
            }

            @Override
            public void breakControl(boolean asserted) {
                edges++;
            }

            @Override
            public void modemControl(boolean dataTerminalReady, boolean requestToSend) {
                edges++;
            }
        });
        uart.write(FIFO_CONTROL, 0x81);
        uart.write(MODEM_CONTROL, 0x0b);
        uart.write(INTERRUPT_ENABLE, 0x07);
    }

    /** One interrupt of a transmitting guest. */
    @Benchmark
    @OperationsPerInvocation(BURST + OTHER_ACCESSES)
    public void transmitInterrupt(Blackhole blackhole) {
        blackhole.consume(uart.read(INTERRUPT_IDENTIFICATION));
        blackhole.consume(uart.read(LINE_STATUS));
        for (int count = 0; count < BURST; count++) {
            uart.write(TRANSMITTER_HOLDING, count);
        }
        blackhole.consume(uart.read(LINE_STATUS));
        blackhole.consume(uart.read(INTERRUPT_IDENTIFICATION));
    }

    /** Runs the benchmark alone and prints one line of JSON. */
    public static void main(String[] arguments) throws RunnerException {
        Options options = new OptionsBuilder()
                .include(UartModelBenchmark.class.getName() + ".transmitInterrupt")
                .verbosity(VerboseMode.SILENT)
                .build();
        PrintStream silence = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        double score = new Runner(options, OutputFormatFactory.createFormatInstance(silence, VerboseMode.SILENT))
                .runSingle()
                .getPrimaryResult()
                .getScore();
        System.out.println(String.format(
                Locale.ROOT,
                "{\"bench\":\"uart-model\",\"value\":%.0f,\"unit\":\"accesses/s\",\"baseline\":null,\"ratio\":null}",
                score));
    }
}
