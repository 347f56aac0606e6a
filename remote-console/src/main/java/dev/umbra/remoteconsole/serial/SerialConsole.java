// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

import dev.umbra.remoteconsole.serial.SerialConsoleException.Reason;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/**
 * One tenant's serial console: between the device, which lives on one event-loop thread and must never wait, and the people, who are
 * many, slow and come and go.
 *
 * <h2>Device side</h2>
 * {@link #transmit}, {@link #receive}, {@link #pendingInput}, {@link #save}, {@link #restore} and {@link #publish} belong to the loop
 * thread, take no lock and allocate nothing. The state they change is worth something only once it is committed:
 * {@snippet :
 * device.apply(frame);          // transmit(), receive(): invisible to everybody
 * console.save(slot);           // heads and tails into the alternate commit slot
 * journal.commit(slot);         // one release store
 * console.publish();            // sessions see the output, producers get the room back
 * }
 * After a crash {@link #restore} goes back to the last commit. Output beyond it is produced again by frames that come again, input
 * received beyond it is received again. Nobody outside has seen either, so nothing is lost or doubled.
 *
 * <h2>Back-pressure</h2>
 * The writer's view is complete: {@link #transmit} refuses while the writer is a whole ring behind, and
 * {@link SerialLine#outputReady} tells when it would not. Viewers are skipped forward instead. A writer that takes nothing for
 * {@link SerialConsoleConfig#writerPatience} loses the right, so no client can hang a tenant. Without a writer the ring wraps freely.
 *
 * <p>What breaks it: a stalled device and a reader that makes progress must not miss each other. Each stores its own fact before
 * it looks at the other's ({@code stalled} and {@code position} are volatile); with weaker stores both may see the old value and the
 * tenant hangs for ever.
 */
public final class SerialConsole implements AutoCloseable {
    /** Size of the state blob of {@link #save}, in bytes. */
    public static final int STATE_SIZE = ConsoleState.SIZE;

    /** {@link #receive} has nothing. */
    public static final int NONE = -1;

    /** {@link #receive} gives a break condition rather than a character. */
    public static final int BREAK = 256;

    private final SerialConsoleConfig config;
    private final SerialLine line;
    private final WriterWatch watch;
    private final OutputRing output;
    private final InputQueue input;
    private final long stream;

    private final ReentrantLock clients = new ReentrantLock();
    private volatile SerialSession[] sessions = {};
    private volatile SerialSession writer;
    private volatile boolean closed;
    private volatile SessionObserver observer = SessionObserver.NONE;

    private final AtomicBoolean stalled = new AtomicBoolean();
    private final AtomicBoolean inputSignalled = new AtomicBoolean();
    private long limit;

    final LongAdder inputRefused = new LongAdder();
    final LongAdder outputSkipped = new LongAdder();
    final LongAdder noticesDropped = new LongAdder();
    private final LongAdder outputStalls = new LongAdder();
    private final LongAdder backPressureLost = new LongAdder();
    private final LongAdder sessionsOpened = new LongAdder();
    private final LongAdder sessionsRefused = new LongAdder();
    private final LongAdder takeOvers = new LongAdder();

    /**
     * A console on {@code storage}, which is either all zeros or was used by a console of the same configuration. In the latter case
     * call {@link #restore} before anything else if a state was ever committed.
     *
     * @param storage shared, aligned to eight bytes, at least {@link SerialConsoleConfig#storageSize} bytes; must stay valid until
     *     after {@link #close}
     * @param scheduler runs the watch over writers that hold the tenant back; may be shared by all consoles
     * @throws SerialConsoleException when the storage is not such
     */
    public SerialConsole(
            SerialConsoleConfig config, MemorySegment storage, SerialLine line, ScheduledExecutorService scheduler) {
        this.config = Objects.requireNonNull(config);
        this.line = Objects.requireNonNull(line);
        watch = new WriterWatch(this, Objects.requireNonNull(scheduler), config.writerPatience());
        StorageLayout layout = StorageLayout.of(config);
        stream = layout.open(storage);
        output = new OutputRing(layout, layout.output(storage));
        input = new InputQueue(layout, storage);
        limit = output.reserve();
    }

    // ------------------------------------------------------------------ device side, loop thread

    /**
     * Takes a character from the device.
     *
     * @return false when it must be kept and offered again after {@link SerialLine#outputReady}
     */
    public boolean transmit(int character) {
        if (output.written() >= limit && !raiseLimit()) {
            return false;
        }
        output.append((byte) character);
        return true;
    }

    /** Gives the device the next character (0 to 255), {@link #BREAK} or {@link #NONE}. */
    public int receive() {
        int next = input.receive();
        if (next == NONE) {
            inputSignalled.set(false);
            next = input.receive();
        }
        return next;
    }

    /** How often {@link #receive} has something to give, at least. */
    public int pendingInput() {
        int pending = input.pending();
        if (pending == 0) {
            inputSignalled.set(false);
            pending = input.pending();
        }
        return pending;
    }

    /** Writes how far output and input have come, {@link #STATE_SIZE} bytes. */
    public void save(MemorySegment state) {
        ConsoleState.save(state, stream, output, input);
    }

    /**
     * Goes on from a committed state, before any session is attached. The owner then offers the characters its device still holds and
     * fetches pending input, as after {@link SerialLine#outputReady} and {@link SerialLine#inputReady}.
     *
     * @throws SerialConsoleException when it contradicts itself or the storage; the console is then as before
     */
    public void restore(MemorySegment state) {
        ConsoleState.restore(state, stream, output, input);
        limit = output.written();
    }

    /** Makes everything up to the last {@link #save} visible: to be called after that state was committed. */
    public void publish() {
        boolean outputGrew = output.publish();
        boolean inputShrank = input.commit();
        if (!outputGrew && !inputShrank) {
            return;
        }
        limit = transmitLimit();
        if (output.written() < limit) {
            releaseStall();
        }
        for (SerialSession session : sessions) {
            if (outputGrew) {
                session.wakeReader();
            }
            if (inputShrank) {
                session.wakeWriter();
            }
        }
    }

    private boolean raiseLimit() {
        limit = transmitLimit();
        if (output.written() < limit) {
            return true;
        }
        stalled.set(true);
        limit = transmitLimit();
        if (output.written() < limit) {
            stalled.set(false);
            return true;
        }
        SerialSession holder = writer;
        if (holder != null && isBehind(holder)) {
            outputStalls.increment();
            watch.begin(holder);
        }
        return false;
    }

    /** Whether the device has to wait for this session, rather than for the next commit. */
    private boolean isBehind(SerialSession session) {
        return session.holdsBack() && session.position() + output.span() < output.published() + output.reserve();
    }

    private long transmitLimit() {
        long byReserve = output.published() + output.reserve();
        SerialSession holder = writer;
        return holder != null && holder.holdsBack()
                ? Math.min(byReserve, holder.position() + output.span())
                : byReserve;
    }

    // ------------------------------------------------------------------ sessions, any thread

    /**
     * Attaches a session. A writer takes the line over from the present one.
     *
     * @throws SerialConsoleException when too many are attached or the virtual machine is gone
     */
    public SerialSession attach(SerialAttachment attachment) {
        SerialSession session = new SerialSession(this, output, attachment);
        clients.lock();
        try {
            if (closed) {
                throw new SerialConsoleException(Reason.CLOSED, "the virtual machine is gone");
            }
            SerialSession[] before = sessions;
            if (before.length >= config.maximumSessions()) {
                sessionsRefused.increment();
                throw new SerialConsoleException(Reason.TOO_MANY_SESSIONS, "too many sessions on this console");
            }
            sessionsOpened.increment();
            List<SerialSession> after = new ArrayList<>(List.of(before));
            after.add(session);
            sessions = after.toArray(SerialSession[]::new);
            observer.opened(session);
            if (attachment.role() == SerialRole.WRITER) {
                makeWriter(session);
            }
            session.begin();
        } finally {
            clients.unlock();
        }
        return session;
    }

    /** Who is told about sessions from now on; replaces the one before. */
    public void observe(SessionObserver newObserver) {
        observer = Objects.requireNonNull(newObserver);
    }

    /** The name of this output, the same for ever: offsets of another stream mean nothing here. */
    public String stream() {
        return "%016x".formatted(stream);
    }

    /** Absolute offset behind the last byte anybody may see. */
    public long outputOffset() {
        return output.published();
    }

    /** The last bytes of the output, all of the scroll-back. */
    public ScrollBack scrollBack() {
        return output.scrollBack();
    }

    public SerialConsoleConfig config() {
        return config;
    }

    public SerialConsoleCounters counters() {
        return new SerialConsoleCounters(
                output.published(),
                input.committed(),
                inputRefused.sum(),
                outputSkipped.sum(),
                outputStalls.sum(),
                backPressureLost.sum(),
                sessionsOpened.sum(),
                sessionsRefused.sum(),
                sessions.length,
                takeOvers.sum(),
                noticesDropped.sum());
    }

    /** Ends all sessions: the virtual machine is gone. The storage may be unmapped afterwards. */
    @Override
    public void close() {
        clients.lock();
        try {
            closed = true;
            writer = null;
            for (SerialSession session : sessions) {
                session.end();
                observer.closed(session);
            }
            sessions = new SerialSession[0];
        } finally {
            clients.unlock();
        }
    }

    // ------------------------------------------------------------------ for sessions

    boolean isClosed() {
        return closed;
    }

    boolean isWriter(SerialSession session) {
        return writer == session;
    }

    void takeOver(SerialSession session) {
        clients.lock();
        try {
            if (writer != session && Arrays.asList(sessions).contains(session)) {
                makeWriter(session);
                session.tell(new SerialEvent.RoleChanged(SerialRole.WRITER, session.origin()));
            }
        } finally {
            clients.unlock();
        }
    }

    void detach(SerialSession session) {
        clients.lock();
        try {
            List<SerialSession> remaining = new ArrayList<>(List.of(sessions));
            if (remaining.remove(session)) {
                observer.closed(session);
            }
            sessions = remaining.toArray(SerialSession[]::new);
            if (writer == session) {
                writer = null;
                releaseStall();
            }
        } finally {
            clients.unlock();
        }
    }

    /** Accepts input of the writer. Returns how many characters, -1 when the session is not the writer. */
    int accept(SerialSession session, byte[] characters, int offset, int length) {
        return accept(session, () -> input.offer(characters, offset, length));
    }

    /** Likewise for a break. */
    int acceptBreak(SerialSession session) {
        return accept(session, () -> input.offerBreak() ? 1 : 0);
    }

    private int accept(SerialSession session, IntSupplier offer) {
        clients.lock();
        try {
            if (closed || writer != session) {
                return -1;
            }
            int count = offer.getAsInt();
            if (count > 0 && inputSignalled.compareAndSet(false, true)) {
                line.inputReady();
            }
            return count;
        } finally {
            clients.unlock();
        }
    }

    boolean inputHasRoom() {
        return input.hasRoom();
    }

    /** Whether the device waits for this session now. */
    boolean isHeldBackBy(SerialSession session) {
        return writer == session && isBehind(session) && stalled.get();
    }

    void endBackPressure(SerialSession session) {
        session.holdBack(false);
        backPressureLost.increment();
        session.tell(new SerialEvent.BackPressureLost());
        releaseStall();
    }

    /** The session has moved forward: a device that was held back for it may go on. */
    void consumed(SerialSession session) {
        if (writer == session) {
            releaseStall();
        }
    }

    private void makeWriter(SerialSession session) {
        SerialSession former = writer;
        session.holdBack(true);
        writer = session;
        if (former != null) {
            takeOvers.increment();
            observer.takenOver(session, former);
            former.tell(new SerialEvent.RoleChanged(SerialRole.VIEWER, session.origin()));
            former.wakeWriter();
        }
        releaseStall();
    }

    private void releaseStall() {
        if (stalled.compareAndSet(true, false)) {
            line.outputReady();
        }
    }
}
