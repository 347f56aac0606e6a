// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

import static dev.umbra.remoteconsole.serial.FakeDevice.await;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.remoteconsole.serial.SerialConsoleException.Reason;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SerialConsoleTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final SerialConsoleConfig SMALL =
            new SerialConsoleConfig(64 << 10, 1 << 10, Duration.ofMillis(400), 4);

    private final FakeDevice device = new FakeDevice(SMALL);
    private final SerialConsole console = device.console();

    @AfterEach
    void closeDevice() {
        SerialConsoleCounters counters = console.counters();
        assertThat(counters.sessionsNow()).isBetween(0L, (long) SMALL.maximumSessions());
        assertThat(counters.outputBytes()).isEqualTo(console.outputOffset());
        device.close();
    }

    @Test
    void test_writer_gets_much_more_than_the_ring_holds_byte_exact() throws Exception {
        SessionRecorder writer = new SessionRecorder(console.attach(SerialAttachment.writer("test")));
        byte[] bytes = random(1 << 20);

        device.send(bytes);

        await("all output", () -> writer.size() == bytes.length);
        assertThat(writer.output()).isEqualTo(bytes);
        assertThat(writer.notices()).isEmpty();
        assertThat(console.counters().outputSkipped()).isZero();
    }

    @Test
    void test_output_is_invisible_until_published() throws Exception {
        byte[] buffer = new byte[16];
        try (var scheduler = Executors.newSingleThreadScheduledExecutor()) {
            SerialConsole alone =
                    new SerialConsole(SMALL, Arena.ofAuto().allocate(SMALL.storageSize(), 8), device, scheduler);
            SerialSession session = alone.attach(SerialAttachment.viewer("test"));

            alone.transmit('a');

            assertThat(session.next(buffer, Duration.ZERO)).isInstanceOf(SerialEvent.Idle.class);
            alone.publish();
            assertThat(session.next(buffer, Duration.ZERO)).isEqualTo(new SerialEvent.Output(0, 1));
        }
    }

    @Test
    void test_without_a_writer_the_ring_wraps_and_keeps_the_last_of_it() throws Exception {
        byte[] bytes = random(300_000);

        device.send(bytes);

        await("all output", () -> console.outputOffset() == bytes.length);
        ScrollBack past = console.scrollBack();
        assertThat(past.offset()).isEqualTo(bytes.length - SMALL.scrollBack());
        assertThat(past.bytes()).isEqualTo(Arrays.copyOfRange(bytes, (int) past.offset(), bytes.length));
    }

    @Test
    void test_viewer_that_does_not_read_is_skipped_and_told() throws Exception {
        SerialSession viewer = console.attach(SerialAttachment.viewer("test"));
        byte[] bytes = random(300_000);

        device.send(bytes);
        await("all output", () -> console.outputOffset() == bytes.length);

        SerialEvent first = viewer.next(new byte[100], LONG);
        assertThat(first).isInstanceOf(SerialEvent.Skipped.class);
        long skipped = ((SerialEvent.Skipped) first).length();
        byte[] buffer = new byte[100];
        assertThat(viewer.next(buffer, LONG)).isEqualTo(new SerialEvent.Output(skipped, 100));
        assertThat(buffer).isEqualTo(Arrays.copyOfRange(bytes, (int) skipped, (int) skipped + 100));
        assertThat(console.counters().outputSkipped()).isEqualTo(skipped);
    }

    @Test
    void test_viewer_that_does_not_read_does_not_slow_the_writer() throws Exception {
        console.attach(SerialAttachment.viewer("slow"));
        SessionRecorder writer = new SessionRecorder(console.attach(SerialAttachment.writer("fast")));
        byte[] bytes = random(500_000);

        device.send(bytes);

        await("all output", () -> writer.size() == bytes.length);
        assertThat(writer.output()).isEqualTo(bytes);
        assertThat(console.counters().backPressureLost()).isZero();
    }

    @Test
    void test_writer_that_does_not_read_holds_the_tenant_back_only_for_so_long() throws Exception {
        SerialSession writer = console.attach(SerialAttachment.writer("stuck"));
        byte[] bytes = random(300_000);

        device.send(bytes);

        await("a stall", () -> console.counters().outputStalls() > 0);
        assertThat(device.sent()).isLessThan(bytes.length);
        await("all output", () -> device.sent() == bytes.length);
        assertThat(console.counters().backPressureLost()).isOne();
        assertThat(writer.next(new byte[10], LONG)).isInstanceOf(SerialEvent.BackPressureLost.class);
        assertThat(writer.next(new byte[10], LONG)).isInstanceOf(SerialEvent.Skipped.class);
        assertThat(writer.role()).isEqualTo(SerialRole.WRITER);
    }

    @Test
    void test_closing_a_stuck_writer_lets_the_tenant_go_on() throws Exception {
        SerialSession writer = console.attach(SerialAttachment.writer("stuck"));
        device.send(random(300_000));
        await("a stall", () -> console.counters().outputStalls() > 0);

        writer.close();

        await("all output", () -> device.sent() == 300_000);
        assertThat(console.counters().backPressureLost()).isZero();
    }

    @Test
    void test_take_over_tells_the_former_writer_and_moves_the_right_to_type() throws Exception {
        SessionRecorder first = new SessionRecorder(console.attach(SerialAttachment.writer("first")));
        SessionRecorder second = new SessionRecorder(console.attach(SerialAttachment.writer("second")));

        await("the notice", () -> !first.notices().isEmpty());
        assertThat(first.notices()).containsExactly(new SerialEvent.RoleChanged(SerialRole.VIEWER, "second"));
        assertThat(first.session().write("no".getBytes(ISO_8859_1), 0, 2, LONG)).isZero();
        assertThat(second.session().write("yes".getBytes(ISO_8859_1), 0, 3, LONG))
                .isEqualTo(3);
        await("input", () -> device.log().equals("yes"));
        assertThat(first.session().takeOver()).isTrue();
        assertThat(first.session().role()).isEqualTo(SerialRole.WRITER);
        await("the notice", () -> !second.notices().isEmpty());
        assertThat(console.counters().takeOvers()).isEqualTo(2);
        assertThat(console.counters().inputRefused()).isEqualTo(2);
    }

    @Test
    void test_viewer_that_may_not_write_cannot_take_over() {
        SerialSession viewer = console.attach(SerialAttachment.viewer("test"));

        assertThat(viewer.takeOver()).isFalse();
        assertThat(viewer.role()).isEqualTo(SerialRole.VIEWER);
    }

    @Test
    void test_paste_larger_than_the_queue_arrives_completely() throws Exception {
        SerialSession writer = console.attach(SerialAttachment.writer("test"));
        byte[] bytes = random(64 << 10);

        assertThat(writer.write(bytes, 0, bytes.length, LONG)).isEqualTo(bytes.length);

        await("all input", () -> device.received().length == bytes.length);
        assertThat(device.received()).isEqualTo(bytes);
    }

    @Test
    void test_input_is_dropped_and_counted_when_the_tenant_does_not_read() throws Exception {
        device.setReading(false);
        SerialSession writer = console.attach(SerialAttachment.writer("test"));

        int accepted = writer.write(random(3000), 0, 3000, Duration.ofMillis(50));

        assertThat(accepted).isEqualTo(SMALL.inputQueue());
        assertThat(console.counters().inputRefused()).isEqualTo(3000 - SMALL.inputQueue());
    }

    @Test
    void test_break_keeps_its_place_among_the_characters() throws Exception {
        device.setReading(false);
        SerialSession writer = console.attach(SerialAttachment.writer("test"));
        writer.write("before".getBytes(ISO_8859_1), 0, 6, LONG);
        assertThat(writer.sendBreak(LONG)).isTrue();
        writer.write("after".getBytes(ISO_8859_1), 0, 5, LONG);

        device.setReading(true);

        await("input", () -> device.log().equals("before<BREAK>after"));
    }

    @Test
    void test_session_resumes_at_an_offset() throws Exception {
        byte[] bytes = random(10_000);
        device.send(bytes);
        await("all output", () -> console.outputOffset() == bytes.length);

        SessionRecorder resumed = new SessionRecorder(
                console.attach(SerialAttachment.viewer("test").since(9_000)));

        await("the rest", () -> resumed.size() == 1_000);
        assertThat(resumed.output()).isEqualTo(Arrays.copyOfRange(bytes, 9_000, 10_000));
        assertThat(resumed.notices()).isEmpty();
    }

    @Test
    void test_session_that_asks_for_what_is_gone_is_told_how_much() throws Exception {
        byte[] bytes = random(200_000);
        device.send(bytes);
        await("all output", () -> console.outputOffset() == bytes.length);

        SerialSession resumed = console.attach(SerialAttachment.viewer("test").since(1_000));

        long start = bytes.length - SMALL.scrollBack();
        assertThat(resumed.next(new byte[10], LONG)).isEqualTo(new SerialEvent.Skipped(1_000, start - 1_000));
        assertThat(resumed.next(new byte[10], LONG)).isEqualTo(new SerialEvent.Output(start, 10));
    }

    @Test
    void test_waiting_session_is_woken_by_output_and_by_the_end() throws Exception {
        SessionRecorder viewer = new SessionRecorder(console.attach(SerialAttachment.viewer("test")));
        device.send("hello".getBytes(ISO_8859_1));
        await("output", () -> viewer.size() == 5);

        console.close();

        viewer.join();
        assertThat(viewer.isClosed()).isTrue();
        assertThatThrownBy(() -> console.attach(SerialAttachment.viewer("late")))
                .isInstanceOfSatisfying(
                        SerialConsoleException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.CLOSED));
    }

    @Test
    void test_sessions_are_bounded() {
        for (int index = 0; index < SMALL.maximumSessions(); index++) {
            console.attach(SerialAttachment.viewer("test"));
        }

        assertThatThrownBy(() -> console.attach(SerialAttachment.viewer("one more")))
                .isInstanceOfSatisfying(
                        SerialConsoleException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.TOO_MANY_SESSIONS));
        assertThat(console.counters().sessionsRefused()).isOne();
    }

    @Test
    void test_writers_come_and_go_during_a_flood_and_the_tenant_never_hangs() throws Exception {
        byte[] bytes = random(2 << 20);
        device.send(bytes);
        Random random = new Random(7);

        while (device.sent() < bytes.length) {
            try (SerialSession writer = console.attach(SerialAttachment.writer("test"))) {
                long expected = -1;
                byte[] buffer = new byte[1 + random.nextInt(5000)];
                for (int index = 0; index < random.nextInt(60); index++) {
                    if (writer.next(buffer, Duration.ofMillis(50)) instanceof SerialEvent.Output piece) {
                        assertThat(expected).isIn(-1L, piece.offset());
                        expected = piece.offset() + piece.length();
                        assertThat(Arrays.copyOf(buffer, piece.length()))
                                .isEqualTo(Arrays.copyOfRange(bytes, (int) piece.offset(), (int) expected));
                    }
                }
            }
        }

        await("all output", () -> console.outputOffset() == bytes.length);
        assertThat(console.counters().outputSkipped()).isZero();
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
