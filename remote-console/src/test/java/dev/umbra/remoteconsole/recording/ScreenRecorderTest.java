// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.umbra.remoteconsole.graphical.GraphicalAttachment;
import dev.umbra.remoteconsole.graphical.GraphicalConsole;
import dev.umbra.remoteconsole.graphical.GraphicalConsoleConfig;
import dev.umbra.remoteconsole.rfb.FakeInput;
import dev.umbra.remoteconsole.rfb.FakeScreen;
import dev.umbra.remoteconsole.rfb.RfbGrant;
import dev.umbra.remoteconsole.rfb.RfbPower;
import dev.umbra.remoteconsole.rfb.RfbSessionCounters;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScreenRecorderTest {
    private static final int WIDTH = 320;
    private static final int HEIGHT = 200;

    @TempDir
    private Path directory;

    private final FakeScreen screen = new FakeScreen(WIDTH, HEIGHT);
    private final GraphicalConsole console = new GraphicalConsole(
            new GraphicalConsoleConfig(2, Duration.ofMillis(1), Duration.ofMillis(4)), screen, new FakeInput());
    private final BlockingQueue<RecordingEnd> ends = new LinkedBlockingQueue<>();

    @AfterEach
    void close() {
        console.close();
    }

    @Test
    void file_is_a_framebuffer_stream_of_a_session_without_authentication() throws Exception {
        Path file = directory.resolve("a.fbs");
        ScreenRecorder recorder = start(file, limits(1 << 20, Duration.ofMinutes(1)));
        await(() -> Files.size(file) > 200);
        recorder.close();

        assertThat(ends.poll(10, TimeUnit.SECONDS)).isEqualTo(RecordingEnd.STOPPED);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        List<Integer> times = new ArrayList<>();
        ByteBuffer session = ByteBuffer.wrap(session(file, times));
        byte[] version = new byte[12];
        session.get(version);
        assertThat(new String(version, StandardCharsets.US_ASCII)).isEqualTo("RFB 003.003\n");
        assertThat(session.getInt()).isEqualTo(1);
        assertThat(session.getShort()).isEqualTo((short) WIDTH);
        assertThat(session.getShort()).isEqualTo((short) HEIGHT);
        byte[] format = new byte[16];
        session.get(format);
        assertThat(format).containsExactly(32, 24, 0, 1, 0, -1, 0, -1, 0, -1, 0, 8, 16, 0, 0, 0);
        session.position(session.position() + Integer.BYTES + session.getInt(session.position()));
        assertThat(session.get()).as("an update").isZero();
        assertThat(times).isSorted();
    }

    @Test
    void recorder_is_a_viewer_like_any_other_and_leaves_no_trace_when_there_is_no_room() throws Exception {
        console.attach(GraphicalAttachment.viewer("one"), () -> {});
        console.attach(GraphicalAttachment.viewer("two"), () -> {});
        Path file = directory.resolve("b.fbs");

        assertThat(ScreenRecorder.start(
                        grant(), "test", file, ScreenRecorderConfig.defaults(), new RfbSessionCounters(), ends::add))
                .isEmpty();
        assertThat(file).doesNotExist();
        assertThat(ends).isEmpty();
    }

    @Test
    void recording_ends_at_its_size_and_the_file_is_not_larger() throws Exception {
        Path file = directory.resolve("c.fbs");
        long maximum = 64 << 10;
        start(file, limits(maximum, Duration.ofMinutes(1)));
        Random random = new Random(1);
        while (ends.isEmpty()) {
            screen.show(random.ints((long) WIDTH * HEIGHT, 0, 1 << 24).toArray());
            Thread.sleep(5);
        }

        assertThat(ends.take()).isEqualTo(RecordingEnd.TOO_LARGE);
        assertThat(Files.size(file)).isLessThanOrEqualTo(maximum);
        session(file, new ArrayList<>());
    }

    @Test
    void recording_ends_at_its_duration_and_with_the_console() throws Exception {
        start(directory.resolve("d.fbs"), limits(1 << 20, Duration.ofMillis(50)));
        assertThat(ends.poll(10, TimeUnit.SECONDS)).isEqualTo(RecordingEnd.TOO_LONG);

        start(directory.resolve("e.fbs"), limits(1 << 20, Duration.ofMinutes(1)));
        console.close();
        assertThat(ends.poll(10, TimeUnit.SECONDS)).isEqualTo(RecordingEnd.CONSOLE_CLOSED);
    }

    @Test
    void limits_make_sense() {
        assertThatIllegalArgumentException().isThrownBy(() -> limits(1, Duration.ofMinutes(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> limits(1 << 20, Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> limits(1 << 20, Duration.ofDays(30)));
    }

    private ScreenRecorder start(Path file, ScreenRecorderConfig limits) throws IOException {
        return ScreenRecorder.start(grant(), "test", file, limits, new RfbSessionCounters(), ends::add)
                .orElseThrow();
    }

    private RfbGrant grant() {
        return new RfbGrant("tenant", "vm-1", console, false, RfbPower.NONE);
    }

    private static ScreenRecorderConfig limits(long size, Duration duration) {
        return new ScreenRecorderConfig(size, duration, Duration.ofMillis(5));
    }

    /** What the server sent; fails when the file is not whole. */
    private static byte[] session(Path file, List<Integer> times) throws IOException {
        ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(file));
        byte[] header = new byte[12];
        content.get(header);
        assertThat(new String(header, StandardCharsets.US_ASCII)).isEqualTo("FBS 001.001\n");
        ByteArrayOutputStream session = new ByteArrayOutputStream();
        while (content.hasRemaining()) {
            byte[] block = new byte[content.getInt()];
            content.get(block);
            content.position(content.position() + (-block.length & 3));
            times.add(content.getInt());
            session.writeBytes(block);
        }
        return session.toByteArray();
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(Condition condition) throws Exception {
        for (int tries = 0; !condition.holds(); tries++) {
            assertThat(tries).as("time is up").isLessThan(2000);
            Thread.sleep(5);
        }
    }
}
