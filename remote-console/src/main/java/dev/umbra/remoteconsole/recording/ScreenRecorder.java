// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.recording;

import dev.umbra.remoteconsole.graphical.GraphicalRole;
import dev.umbra.remoteconsole.rfb.RfbGrant;
import dev.umbra.remoteconsole.rfb.RfbSession;
import dev.umbra.remoteconsole.rfb.RfbSessionConfig;
import dev.umbra.remoteconsole.rfb.RfbSessionCounters;
import dev.umbra.remoteconsole.rfb.RfbTransport;
import dev.umbra.remoteconsole.rfb.encoding.Encodings;
import dev.umbra.remoteconsole.rfb.encoding.PixelFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records a screen: one more viewer of the console, whose bytes go to a file. Being a session like any other it is seen, counted and
 * ended like any other, and a slow disk slows nobody.
 *
 * <p>Keystrokes are not recorded, only what they changed on the screen. The recorder asks for a picture at a fixed rate, always in the
 * same pixel format and encoding. The file begins like a session of RFB 3.3 without authentication, in which nothing depends on what
 * a client answers, so that players need not act one.
 *
 * <p>What breaks it: a pixel format in the file's first message that is not the one the pixels are in. The server names its own there;
 * the one asked for is written in its place.
 */
public final class ScreenRecorder implements AutoCloseable {
    private static final byte[] CLIENT_VERSION = "RFB 003.007\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FILE_VERSION = "RFB 003.003\n".getBytes(StandardCharsets.US_ASCII);
    private static final int NO_SECURITY = 1;
    private static final int PIXEL_FORMAT_OFFSET = 4;
    /** 32 bits of depth 24, lowest byte first, red lowest: what browsers draw without conversion. */
    private static final PixelFormat PIXEL_FORMAT = new PixelFormat(32, 24, false, true, 255, 255, 255, 0, 8, 16);

    private static final int[] ENCODINGS = {
        Encodings.TIGHT, Encodings.COPY_RECT, Encodings.RAW, Encodings.DESKTOP_SIZE, Encodings.LAST_RECT
    };
    private static final int LARGEST = 0xffff;
    private static final Logger logger = LoggerFactory.getLogger(ScreenRecorder.class);

    /** Parts of the handshake, which come one by one. */
    private enum Expected {
        VERSION,
        SECURITY_TYPES,
        INITIALISATION,
        UPDATES
    }

    private final ScreenRecorderConfig config;
    private final Consumer<RecordingEnd> observer;
    private final ReentrantLock writing = new ReentrantLock();
    private final FramebufferStreamWriter stream;
    private final RfbSession session;
    private final long start = System.nanoTime();
    private Expected expected = Expected.VERSION;
    private boolean started;
    private boolean ended;

    private ScreenRecorder(
            RfbGrant grant,
            String origin,
            ScreenRecorderConfig config,
            RfbSessionCounters counters,
            FramebufferStreamWriter stream,
            Consumer<RecordingEnd> observer) {
        this.config = config;
        this.observer = Objects.requireNonNull(observer);
        this.stream = stream;
        session = RfbSession.preAuthenticated(
                grant, GraphicalRole.VIEWER, origin, RfbSessionConfig.defaults(), counters, new Transport());
    }

    /**
     * Begins to record into a new file, readable by its owner alone.
     *
     * @param origin where the session comes from, in words shown to other sessions
     * @param observer told once when the recording has ended
     * @return empty, and no file, when the console takes no more sessions
     * @throws IOException when the file cannot be made
     */
    public static Optional<ScreenRecorder> start(
            RfbGrant grant,
            String origin,
            Path file,
            ScreenRecorderConfig config,
            RfbSessionCounters counters,
            Consumer<RecordingEnd> observer)
            throws IOException {
        FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        ScreenRecorder recorder = new ScreenRecorder(
                grant, origin, config, counters, new FramebufferStreamWriter(channel, config.maximumSize()), observer);
        if (recorder.begin(grant.vmName())) {
            return Optional.of(recorder);
        }
        Files.deleteIfExists(file);
        return Optional.empty();
    }

    /** Ends the recording; what was recorded stays. */
    @Override
    public void close() {
        end(RecordingEnd.STOPPED);
    }

    private boolean begin(String vmName) {
        session.begin();
        ByteBuf wishes = Unpooled.buffer();
        wishes.writeBytes(CLIENT_VERSION).writeByte(NO_SECURITY).writeByte(1);
        wishes.writeByte(0).writeZero(3);
        PIXEL_FORMAT.write(wishes);
        wishes.writeByte(2).writeZero(1).writeShort(ENCODINGS.length);
        for (int encoding : ENCODINGS) {
            wishes.writeInt(encoding);
        }
        session.receive(wishes);
        writing.lock();
        try {
            started = !ended;
        } finally {
            writing.unlock();
        }
        if (started) {
            Thread.ofVirtual().name("recording-" + vmName).start(this::request);
        }
        return started;
    }

    private void request() {
        boolean first = true;
        while (!isEnded()) {
            session.receive(updateRequest(!first));
            first = false;
            try {
                Thread.sleep(config.interval());
            } catch (InterruptedException end) {
                return;
            }
            if (System.nanoTime() - start >= config.maximumDuration().toNanos()) {
                end(RecordingEnd.TOO_LONG);
            }
        }
    }

    private static ByteBuf updateRequest(boolean incremental) {
        return Unpooled.buffer(10)
                .writeByte(3)
                .writeBoolean(incremental)
                .writeShort(0)
                .writeShort(0)
                .writeShort(LARGEST)
                .writeShort(LARGEST);
    }

    private boolean isEnded() {
        writing.lock();
        try {
            return ended;
        } finally {
            writing.unlock();
        }
    }

    private void end(RecordingEnd reason) {
        RecordingEnd outcome = reason;
        boolean known;
        writing.lock();
        try {
            if (ended) {
                return;
            }
            ended = true;
            known = started;
            try (stream) {
                stream.end(milliseconds());
            } catch (IOException failure) {
                logger.error("a recording could not be ended", failure);
                outcome = RecordingEnd.FAILED;
            }
        } finally {
            writing.unlock();
        }
        session.close();
        if (known) {
            observer.accept(outcome);
        }
    }

    private long milliseconds() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    /** Null as long as there is room. */
    private RecordingEnd write(ByteBuf bytes) {
        writing.lock();
        try {
            if (ended) {
                return null;
            }
            ByteBuffer block = switch (expected) {
                case VERSION -> ByteBuffer.wrap(FILE_VERSION);
                case SECURITY_TYPES ->
                    ByteBuffer.allocate(Integer.BYTES).putInt(NO_SECURITY).flip();
                case INITIALISATION -> {
                    PIXEL_FORMAT.write(bytes.duplicate().writerIndex(PIXEL_FORMAT_OFFSET));
                    yield bytes.nioBuffer();
                }
                case UPDATES -> bytes.nioBuffer();
            };
            if (expected != Expected.UPDATES) {
                expected = Expected.values()[expected.ordinal() + 1];
            }
            return stream.write(block, milliseconds()) ? null : RecordingEnd.TOO_LARGE;
        } catch (IOException failure) {
            logger.error("a recording cannot be written", failure);
            return RecordingEnd.FAILED;
        } finally {
            writing.unlock();
        }
    }

    private final class Transport implements RfbTransport {
        @Override
        public void send(ByteBuf bytes) {
            RecordingEnd reason;
            try {
                reason = write(bytes);
            } finally {
                bytes.release();
            }
            if (reason != null) {
                end(reason);
            }
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void close() {
            end(RecordingEnd.CONSOLE_CLOSED);
        }
    }
}
