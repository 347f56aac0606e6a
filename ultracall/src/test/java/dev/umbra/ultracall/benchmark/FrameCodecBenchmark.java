// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.benchmark;

import dev.umbra.ultracall.Direction;
import dev.umbra.ultracall.FrameException;
import dev.umbra.ultracall.FrameReader;
import dev.umbra.ultracall.FrameWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
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
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Frames per second that one thread encodes and decodes again: writes, reads, their answers and acknowledgements. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class FrameCodecBenchmark {
    private static final int ROUNDS = 64;
    private static final int FRAMES = 4 * ROUNDS;

    private final MemorySegment requests = Arena.ofAuto().allocate(1 << 16, 8);
    private final MemorySegment replies = Arena.ofAuto().allocate(1 << 16, 8);
    private final FrameWriter requestWriter = new FrameWriter(requests, () -> {});
    private final FrameWriter replyWriter = new FrameWriter(replies, () -> {});
    private final FrameReader requestReader = new FrameReader(Direction.TO_SERVICE);
    private final FrameReader replyReader = new FrameReader(Direction.TO_HYPERVISOR);

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public long encodeAndDecode() throws FrameException {
        requestWriter.clear();
        replyWriter.clear();
        for (int round = 0; round < ROUNDS; round++) {
            requestWriter.portWrite(2L * round, 7, 1, 0, 0x3f8, 1, round);
            requestWriter.portRead(2L * round + 1, 7, 1, 0, 0x3fd, 1, 1);
        }
        long sum = 0;
        for (long offset = 0; offset < requestWriter.position(); ) {
            offset += requestReader.wrap(requests, offset, requestWriter.position() - offset);
            switch (requestReader.type()) {
                case PORT_WRITE -> {
                    sum += requestReader.accessValue(0);
                    replyWriter.acknowledge(requestReader.sequence(), requestReader.tenantVm(), 1);
                }
                default -> replyWriter.portReadReply(requestReader, 0x60);
            }
        }
        for (long offset = 0; offset < replyWriter.position(); ) {
            offset += replyReader.wrap(replies, offset, replyWriter.position() - offset);
            sum += replyReader.sequence();
        }
        return sum;
    }

    /** Prints one line of JSON. */
    public static void main(String[] arguments) throws RunnerException {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(FrameCodecBenchmark.class.getName() + ".encodeAndDecode")
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
        double value = results.iterator().next().getPrimaryResult().getScore();
        System.out.printf(
                Locale.ROOT,
                "{\"bench\":\"frame-codec\",\"value\":%.0f,\"unit\":\"frames/s\",\"baseline\":null,\"ratio\":null}%n",
                value);
    }
}
