// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

import dev.umbra.remoteconsole.graphical.GraphicalConsoleException.Reason;
import dev.umbra.shadowdevices.display.Screen;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One tenant's graphical console: between the display and the input devices, which live on one event-loop thread and must never wait,
 * and the people, who are many, slow and come and go.
 *
 * <p>The display never hears of viewers: {@link ScreenScanner} reads what it shows, only while somebody waits for a change, into one
 * picture for all. Each session has its own account of what it lacks, hence a slow one costs the others nothing and is sent the
 * latest state when it is ready rather than every state in between. Keyboard and pointer belong to one session at a time, the
 * writer.
 *
 * <p>What breaks it: input passed on outside the lock. A key that went down after its session had lost the right would stay down
 * for ever, since what a session holds is released at that moment.
 */
public final class GraphicalConsole implements AutoCloseable {
    private final GraphicalConsoleConfig config;
    private final GraphicalInput input;
    private final ScreenScanner scanner;

    private final ReentrantLock clients = new ReentrantLock();
    private volatile GraphicalSession[] sessions = {};
    private volatile GraphicalSession writer;
    private volatile boolean closed;
    private volatile GraphicalObserver observer = GraphicalObserver.NONE;

    private final LongAdder keys = new LongAdder();
    private final LongAdder pointers = new LongAdder();
    private final LongAdder inputRefused = new LongAdder();
    private final LongAdder sessionsOpened = new LongAdder();
    private final LongAdder sessionsRefused = new LongAdder();
    private final LongAdder takeOvers = new LongAdder();

    /** A console that shows {@code screen} and types into {@code input}. */
    public GraphicalConsole(GraphicalConsoleConfig config, Screen screen, GraphicalInput input) {
        this.config = Objects.requireNonNull(config);
        this.input = Objects.requireNonNull(input);
        scanner = new ScreenScanner(Objects.requireNonNull(screen), config, () -> sessions);
    }

    /**
     * Attaches a session. A writer takes keyboard and pointer over from the present one.
     *
     * @throws GraphicalConsoleException when too many are attached or the virtual machine is gone
     */
    public GraphicalSession attach(GraphicalAttachment attachment, GraphicalViewer viewer) {
        GraphicalSession session = new GraphicalSession(this, scanner, attachment, viewer);
        clients.lock();
        try {
            if (closed) {
                throw new GraphicalConsoleException(Reason.CLOSED, "the virtual machine is gone");
            }
            GraphicalSession[] before = sessions;
            if (before.length >= config.maximumSessions()) {
                sessionsRefused.increment();
                throw new GraphicalConsoleException(Reason.TOO_MANY_SESSIONS, "too many sessions on this console");
            }
            sessionsOpened.increment();
            List<GraphicalSession> after = new ArrayList<>(List.of(before));
            after.add(session);
            sessions = after.toArray(GraphicalSession[]::new);
            observer.opened(session);
            if (attachment.role() == GraphicalRole.WRITER) {
                makeWriter(session);
            }
        } finally {
            clients.unlock();
        }
        scanner.look();
        scanner.introduce(session);
        scanner.start();
        return session;
    }

    /** Who is told about sessions from now on; replaces the one before. */
    public void observe(GraphicalObserver newObserver) {
        observer = Objects.requireNonNull(newObserver);
    }

    /** The screen as it is now. */
    public Screenshot screenshot() {
        scanner.look();
        return scanner.read(picture -> {
            int[] pixels = new int[picture.width() * picture.height()];
            ScreenScanner.copy(picture, new Area(0, 0, picture.width(), picture.height()), pixels);
            return new Screenshot(picture.width(), picture.height(), pixels);
        });
    }

    /** The lights of the keyboard are others now; those who show them ask {@link GraphicalInput#leds}. Any thread. */
    public void ledsChanged() {
        for (GraphicalSession session : sessions) {
            session.wake();
        }
    }

    public GraphicalConsoleConfig config() {
        return config;
    }

    public GraphicalConsoleCounters counters() {
        return new GraphicalConsoleCounters(
                scanner.refreshes(),
                scanner.failed(),
                scanner.tilesChanged(),
                scanner.scrolls(),
                keys.sum(),
                pointers.sum(),
                inputRefused.sum(),
                sessionsOpened.sum(),
                sessionsRefused.sum(),
                sessions.length,
                takeOvers.sum());
    }

    /** Ends all sessions: the virtual machine is gone. The screen is not looked at after this has returned. */
    @Override
    public void close() {
        clients.lock();
        try {
            closed = true;
            writer = null;
            for (GraphicalSession session : sessions) {
                session.finish();
                observer.closed(session);
            }
            sessions = new GraphicalSession[0];
        } finally {
            clients.unlock();
        }
        scanner.close();
    }

    // ------------------------------------------------------------------ for sessions

    boolean isWriter(GraphicalSession session) {
        return writer == session;
    }

    int leds() {
        return input.leds();
    }

    boolean key(GraphicalSession session, int keyNumber, boolean pressed) {
        if (keyNumber <= 0 || keyNumber >= HeldInput.KEY_NUMBERS) {
            inputRefused.increment();
            return false;
        }
        return pass(session, keys, () -> {
            session.held().key(keyNumber, pressed);
            input.key(keyNumber, pressed);
        });
    }

    boolean pointer(GraphicalSession session, int x, int y, int width, int height, int buttonMask) {
        return pass(session, pointers, () -> {
            session.held().pointer(x, y, width, height, buttonMask);
            input.pointer(x, y, width, height, buttonMask);
        });
    }

    boolean takeOver(GraphicalSession session) {
        clients.lock();
        try {
            if (!Arrays.asList(sessions).contains(session)) {
                return false;
            }
            if (writer != session) {
                makeWriter(session);
            }
            return true;
        } finally {
            clients.unlock();
        }
    }

    void detach(GraphicalSession session) {
        clients.lock();
        try {
            List<GraphicalSession> remaining = new ArrayList<>(List.of(sessions));
            if (remaining.remove(session)) {
                session.held().release(input);
                observer.closed(session);
            }
            sessions = remaining.toArray(GraphicalSession[]::new);
            if (writer == session) {
                writer = null;
            }
        } finally {
            clients.unlock();
        }
    }

    private boolean pass(GraphicalSession session, LongAdder counter, Runnable event) {
        clients.lock();
        try {
            if (closed || writer != session) {
                inputRefused.increment();
                return false;
            }
            event.run();
        } finally {
            clients.unlock();
        }
        counter.increment();
        scanner.hurry();
        return true;
    }

    private void makeWriter(GraphicalSession session) {
        GraphicalSession former = writer;
        writer = session;
        if (former != null) {
            former.held().release(input);
            takeOvers.increment();
            observer.takenOver(session, former);
            former.losesWriter(session.origin());
        }
        session.becomesWriter();
    }
}
