// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

import static dev.umbra.remoteconsole.serial.SerialConsole.STATE_SIZE;
import static dev.umbra.remoteconsole.serial.StorageLayout.LONG;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.remoteconsole.serial.SerialConsoleException.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SerialConsoleRestoreTest {
    private static final SerialConsoleConfig CONFIG = new SerialConsoleConfig(4 << 10, 256, Duration.ofSeconds(30), 4);

    private static final ScheduledExecutorService SCHEDULER = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().factory());

    private final MemorySegment storage = Arena.ofAuto().allocate(CONFIG.storageSize(), 8);
    private final MemorySegment state = Arena.ofAuto().allocate(STATE_SIZE, 8);
    private SerialConsole console = open();

    @Test
    void test_crash_goes_back_to_the_last_commit_in_both_directions() throws Exception {
        transmit("committed ");
        console.attach(SerialAttachment.writer("test")).write("abc".getBytes(ISO_8859_1), 0, 3, Duration.ZERO);
        assertThat(console.receive()).isEqualTo('a');
        commit();
        transmit("lost");
        assertThat(console.receive()).isEqualTo('b');

        crash();

        assertThat(text(console.scrollBack())).isEqualTo("committed ");
        assertThat(console.pendingInput()).isEqualTo(2);
        assertThat(console.receive()).isEqualTo('b');
        transmit("again");
        commit();
        assertThat(text(console.scrollBack())).isEqualTo("committed again");
    }

    @Test
    void test_crash_before_the_first_commit_keeps_what_was_typed() throws Exception {
        console.attach(SerialAttachment.writer("test")).write("abc".getBytes(ISO_8859_1), 0, 3, Duration.ZERO);
        transmit("never seen");

        console = open();

        assertThat(console.outputOffset()).isZero();
        assertThat(console.receive()).isEqualTo('a');
        assertThat(console.pendingInput()).isEqualTo(2);
    }

    @Test
    void test_crash_after_uncommitted_output_over_the_oldest_bytes_shows_none_of_it() {
        Random random = new Random(1);
        StringBuilder all = new StringBuilder();
        for (int round = 0; round < 200; round++) {
            String piece = "round " + round + ".".repeat(random.nextInt(200));
            transmit(piece);
            commit();
            all.append(piece);
            transmit("#".repeat(random.nextInt(StorageLayout.of(CONFIG).reserve())));

            crash();

            String expected = all.substring(Math.max(0, all.length() - CONFIG.scrollBack()));
            assertThat(text(console.scrollBack())).isEqualTo(expected);
        }
    }

    @Test
    void test_received_input_is_room_only_after_the_commit() throws Exception {
        SerialSession writer = console.attach(SerialAttachment.writer("test"));
        assertThat(writer.write(new byte[300], 0, 300, Duration.ZERO)).isEqualTo(256);
        console.receive();

        assertThat(writer.write(new byte[1], 0, 1, Duration.ZERO)).isZero();
        commit();
        assertThat(writer.write(new byte[1], 0, 1, Duration.ZERO)).isOne();
    }

    @Test
    void test_a_frame_may_not_run_further_ahead_than_the_reserve() {
        int accepted = 0;
        while (console.transmit('x')) {
            accepted++;
        }

        assertThat(accepted).isEqualTo(StorageLayout.of(CONFIG).reserve());
        commit();
        assertThat(console.transmit('x')).isTrue();
    }

    @Test
    void test_storage_of_another_configuration_is_refused() {
        SerialConsoleConfig other = new SerialConsoleConfig(4 << 10, 512, Duration.ofSeconds(30), 4);
        MemorySegment larger = Arena.ofAuto().allocate(other.storageSize(), 8);
        larger.copyFrom(storage);

        assertThatThrownBy(() -> new SerialConsole(other, larger, new NoLine(), SCHEDULER))
                .isInstanceOfSatisfying(
                        SerialConsoleException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.STORAGE_MISMATCH));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1",
        "0, 9919742805",
        "8, 12345",
        "16, -1",
        "16, 4611686018427387905",
        "24, -1",
        "24, 7",
        "24, 9223372036854775807",
        "40, 1"
    })
    void test_forged_state_is_refused_and_changes_nothing(long offset, long value) {
        transmit("text");
        commit();
        state.set(LONG, offset, value);

        assertThatThrownBy(() -> console.restore(state))
                .isInstanceOfSatisfying(
                        SerialConsoleException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.STATE_INVALID));
        assertThat(text(console.scrollBack())).isEqualTo("text");
    }

    @Test
    void test_random_storage_and_state_never_do_harm() {
        Random random = new Random(3);
        for (int round = 0; round < 2000; round++) {
            for (long offset = StorageLayout.INPUT_HEAD; offset < storage.byteSize(); offset += 97) {
                storage.set(java.lang.foreign.ValueLayout.JAVA_BYTE, offset, (byte) random.nextInt());
            }
            storage.set(LONG, StorageLayout.INPUT_HEAD, random.nextLong() >> random.nextInt(64));
            state.set(LONG, 16, random.nextLong() >> random.nextInt(64));
            state.set(LONG, 24, random.nextLong() >> random.nextInt(64));
            try {
                console = open();
                console.restore(state);
            } catch (SerialConsoleException refused) {
                continue;
            }
            for (int index = 0; index < 400; index++) {
                assertThat(console.receive()).isBetween(SerialConsole.NONE, SerialConsole.BREAK);
                console.transmit(index);
            }
            console.publish();
            assertThat(console.scrollBack().bytes().length).isLessThanOrEqualTo(CONFIG.scrollBack());
        }
    }

    private SerialConsole open() {
        return new SerialConsole(CONFIG, storage, new NoLine(), SCHEDULER);
    }

    private void crash() {
        console = open();
        console.restore(state);
    }

    private void commit() {
        console.save(state);
        console.publish();
    }

    private void transmit(String text) {
        for (byte character : text.getBytes(ISO_8859_1)) {
            assertThat(console.transmit(character)).isTrue();
        }
    }

    private static String text(ScrollBack past) {
        return new String(past.bytes(), ISO_8859_1);
    }

    private static final class NoLine implements SerialLine {
        @Override
        public void inputReady() {}

        @Override
        public void outputReady() {}
    }
}
