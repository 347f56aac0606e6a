// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

import java.time.Duration;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * One person at a console. One thread calls {@link #next} in a loop and passes on what it gets, one thread writes; both wait without
 * polling and are meant to be virtual. Everything else may be called from any thread.
 *
 * <p>A waiting thread announces itself, looks once more and parks; whoever has news looks for the announcement afterwards. Parking
 * without the second look would sleep through news that came in between.
 */
public final class SerialSession implements AutoCloseable {
    private static final int NOTICES_MAXIMUM = 32;

    private final SerialConsole console;
    private final OutputRing output;
    private final String origin;
    private final boolean mayWrite;
    private final OptionalLong since;
    private final BlockingQueue<SerialEvent> notices = new ArrayBlockingQueue<>(NOTICES_MAXIMUM);

    /** Whether somebody watches over this session's progress already. */
    final AtomicBoolean watched = new AtomicBoolean();

    private volatile long position;
    private volatile boolean holdsBack;
    private volatile boolean ended;
    private volatile Thread reader;
    private volatile Thread typist;
    private long skippedBeforeStart;

    SerialSession(SerialConsole console, OutputRing output, SerialAttachment attachment) {
        this.console = console;
        this.output = output;
        this.origin = attachment.origin();
        this.mayWrite = attachment.mayWrite();
        this.since = attachment.since();
    }

    /** Chooses where to begin; called when the console knows the session, so that nothing is overwritten unseen any more. */
    void begin() {
        long wanted = since.orElse(output.scrollBackStart());
        boolean kept = wanted >= output.oldest() && wanted <= output.published();
        long start = kept ? wanted : output.scrollBackStart();
        skippedBeforeStart = Math.max(0, start - wanted);
        position = start;
        console.consumed(this);
    }

    /**
     * Waits for something to tell. Output is consumed by being returned: the next call continues behind it.
     *
     * @param buffer receives output
     * @param patience how long to wait before {@link SerialEvent.Idle}
     */
    public SerialEvent next(byte[] buffer, Duration patience) throws InterruptedException {
        Objects.checkIndex(0, buffer.length);
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            SerialEvent event = poll(buffer);
            if (event == null) {
                reader = Thread.currentThread();
                event = poll(buffer);
                if (event == null) {
                    LockSupport.parkNanos(this, deadline - System.nanoTime());
                }
                reader = null;
            }
            if (event != null) {
                return event;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (deadline - System.nanoTime() <= 0) {
                return new SerialEvent.Idle();
            }
        }
    }

    /**
     * Types. Waits while the tenant reads more slowly than is typed.
     *
     * @param patience how long to wait without the tenant taking anything
     * @return how many characters were accepted; fewer than {@code length} when the tenant took none for {@code patience}, or the
     *     session is not or no longer the writer. The others are dropped and counted.
     */
    public int write(byte[] characters, int offset, int length, Duration patience) throws InterruptedException {
        Objects.checkFromIndexSize(offset, length, characters.length);
        int accepted = 0;
        while (accepted < length) {
            int count = console.accept(this, characters, offset + accepted, length - accepted);
            if (count < 0 || count == 0 && !awaitInputRoom(patience)) {
                console.inputRefused.add(length - accepted);
                break;
            }
            accepted += count;
        }
        return accepted;
    }

    /**
     * Sends a break condition, in order with what was typed before and after it.
     *
     * @return whether it was accepted; see {@link #write}
     */
    public boolean sendBreak(Duration patience) throws InterruptedException {
        while (true) {
            int count = console.acceptBreak(this);
            if (count > 0) {
                return true;
            }
            if (count < 0 || !awaitInputRoom(patience)) {
                console.inputRefused.increment();
                return false;
            }
        }
    }

    /** Becomes the writer if the session may. The former writer is told and becomes a viewer. */
    public boolean takeOver() {
        if (!mayWrite || ended) {
            return false;
        }
        console.takeOver(this);
        return true;
    }

    public SerialRole role() {
        return console.isWriter(this) ? SerialRole.WRITER : SerialRole.VIEWER;
    }

    public boolean mayWrite() {
        return mayWrite;
    }

    public String origin() {
        return origin;
    }

    /** Absolute offset of the next byte of output to be told. */
    public long position() {
        return position;
    }

    /** Leaves the console. A thread in {@link #next} gets {@link SerialEvent.Closed}. */
    @Override
    public void close() {
        console.detach(this);
        end();
    }

    // ------------------------------------------------------------------ for the console

    boolean holdsBack() {
        return holdsBack;
    }

    void holdBack(boolean right) {
        holdsBack = right;
    }

    void end() {
        ended = true;
        wakeReader();
        wakeWriter();
    }

    void tell(SerialEvent notice) {
        while (!notices.offer(notice)) {
            if (notices.poll() != null) {
                console.noticesDropped.increment();
            }
        }
        wakeReader();
    }

    void wakeReader() {
        Thread waiting = reader;
        if (waiting != null) {
            LockSupport.unpark(waiting);
        }
    }

    void wakeWriter() {
        Thread waiting = typist;
        if (waiting != null) {
            LockSupport.unpark(waiting);
        }
    }

    private SerialEvent poll(byte[] buffer) {
        SerialEvent notice = notices.poll();
        if (notice != null) {
            return notice;
        }
        if (skippedBeforeStart > 0) {
            long length = skippedBeforeStart;
            skippedBeforeStart = 0;
            console.outputSkipped.add(length);
            return new SerialEvent.Skipped(position - length, length);
        }
        if (ended) {
            return new SerialEvent.Closed();
        }
        try {
            return pollOutput(buffer);
        } catch (IllegalStateException unmapped) {
            if (console.isClosed()) {
                return new SerialEvent.Closed();
            }
            throw unmapped;
        }
    }

    private SerialEvent pollOutput(byte[] buffer) {
        long from = position;
        int count = output.copy(from, buffer, buffer.length);
        if (count > 0) {
            moveTo(from + count);
            return new SerialEvent.Output(from, count);
        }
        if (count < 0) {
            long resume =
                    Math.max(from, output.scrollBackStart() + (output.published() - output.scrollBackStart()) / 2);
            moveTo(resume);
            console.outputSkipped.add(resume - from);
            return new SerialEvent.Skipped(from, resume - from);
        }
        return null;
    }

    private void moveTo(long offset) {
        position = offset;
        console.consumed(this);
    }

    private boolean awaitInputRoom(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        typist = Thread.currentThread();
        try {
            while (!ended && console.isWriter(this) && !console.inputHasRoom()) {
                long remaining = deadline - System.nanoTime();
                if (remaining <= 0) {
                    return false;
                }
                LockSupport.parkNanos(this, remaining);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
            return true;
        } finally {
            typist = null;
        }
    }
}
