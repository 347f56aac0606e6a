// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Any order of output, input, commits, crashes and reads: nothing committed is lost, nothing is doubled or invented. */
class SerialConsolePropertiesTest {
    private static final SerialConsoleConfig CONFIG = new SerialConsoleConfig(4 << 10, 256, Duration.ofSeconds(30), 4);
    private static final ScheduledExecutorService SCHEDULER = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().factory());

    private enum Kind {
        TRANSMIT,
        TYPE,
        RECEIVE,
        COMMIT,
        READ,
        CRASH
    }

    private record Step(Kind kind, int amount) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Step> step = Combinators.combine(
                        Arbitraries.of(Kind.class), Arbitraries.integers().between(1, 300))
                .as(Step::new);
        return step.list().ofMaxSize(120);
    }

    @Property(tries = 300)
    void committed_bytes_are_told_once_and_in_order(@ForAll("steps") List<Step> steps) throws Exception {
        Model model = new Model();
        for (Step step : steps) {
            model.apply(step);
        }
        model.check();
    }

    /** The console beside what it ought to do. */
    private static final class Model implements SerialLine {
        private final MemorySegment storage = Arena.ofAuto().allocate(CONFIG.storageSize(), 8);
        private final MemorySegment state = Arena.ofAuto().allocate(SerialConsole.STATE_SIZE, 8);
        private final byte[] buffer = new byte[512];
        private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
        private SerialConsole console = new SerialConsole(CONFIG, storage, this, SCHEDULER);
        private SerialSession writer = console.attach(SerialAttachment.writer("model"));
        private long written;
        private long writtenCommitted;
        private long typed;
        private long received;
        private long receivedCommitted;

        Model() {
            commit();
        }

        void apply(Step step) throws InterruptedException {
            switch (step.kind) {
                case TRANSMIT -> transmit(step.amount);
                case TYPE -> type(step.amount);
                case RECEIVE -> receive(step.amount);
                case COMMIT -> commit();
                case READ -> read();
                case CRASH -> crash();
            }
        }

        void check() throws InterruptedException {
            commit();
            while (seen.size() < writtenCommitted) {
                read();
            }
            byte[] expected = new byte[(int) writtenCommitted];
            for (int index = 0; index < expected.length; index++) {
                expected[index] = output(index);
            }
            assertThat(seen.toByteArray()).isEqualTo(expected);
            receive(Integer.MAX_VALUE);
            assertThat(received).isEqualTo(typed);
        }

        private void transmit(int amount) {
            for (int index = 0; index < amount && console.transmit(output(written)); index++) {
                written++;
            }
        }

        private void type(int amount) throws InterruptedException {
            byte[] characters = new byte[amount];
            for (int index = 0; index < amount; index++) {
                characters[index] = input(typed + index);
            }
            typed += writer.write(characters, 0, amount, Duration.ZERO);
        }

        private void receive(int amount) {
            for (int index = 0; index < amount && console.pendingInput() > 0; index++) {
                assertThat(console.receive()).isEqualTo(input(received++) & 0xff);
            }
        }

        private void commit() {
            console.save(state);
            writtenCommitted = written;
            receivedCommitted = received;
            console.publish();
        }

        private void read() throws InterruptedException {
            switch (writer.next(buffer, Duration.ZERO)) {
                case SerialEvent.Output piece -> {
                    assertThat(piece.offset()).isEqualTo(seen.size());
                    seen.writeBytes(Arrays.copyOf(buffer, piece.length()));
                }
                case SerialEvent.Idle nothing -> {}
                case SerialEvent other -> throw new AssertionError(other);
            }
        }

        private void crash() {
            console = new SerialConsole(CONFIG, storage, this, SCHEDULER);
            console.restore(state);
            writer = console.attach(SerialAttachment.writer("model").since(seen.size()));
            written = writtenCommitted;
            received = receivedCommitted;
            assertThat(console.outputOffset()).isEqualTo(written);
            assertThat(console.pendingInput()).isEqualTo((int) (typed - received));
        }

        private static byte output(long offset) {
            return (byte) (offset * 31 + (offset >> 8));
        }

        private static byte input(long number) {
            return (byte) (number * 17 + (number >> 8));
        }

        @Override
        public void inputReady() {}

        @Override
        public void outputReady() {}
    }
}
