// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

import dev.umbra.shadowdevices.display.Picture;
import dev.umbra.shadowdevices.display.Screen;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the screen again and again while somebody waits for something to change, and tells each session what did.
 *
 * <p>It owns the picture. Sessions read it under the lock for as long as copying one rectangle takes, encode without it, and are
 * therefore never in each other's way. The time between two looks is short while the screen changes and grows while it does not; it
 * is at least {@value #COST_FACTOR} times what a look takes, so that a large screen cannot eat the machine.
 */
final class ScreenScanner {
    private static final int COST_FACTOR = 3;
    private static final Logger logger = LoggerFactory.getLogger(ScreenScanner.class);

    private final Screen screen;
    private final GraphicalConsoleConfig config;
    private final Supplier<GraphicalSession[]> sessions;
    private final Picture picture = new Picture(640, 400);
    private final ReentrantReadWriteLock still = new ReentrantReadWriteLock();
    private final ScrollDetector scrolls = new ScrollDetector();
    private final BitSet changed = new BitSet();
    private final List<BitSet> changedList = List.of(changed);

    private final LongAdder refreshes = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder tiles = new LongAdder();
    private final LongAdder moves = new LongAdder();

    private volatile Thread thread;
    private volatile boolean closed;
    private volatile boolean hurried;
    private volatile long lastLook;
    private boolean failing;

    ScreenScanner(Screen screen, GraphicalConsoleConfig config, Supplier<GraphicalSession[]> sessions) {
        this.screen = screen;
        this.config = config;
        this.sessions = sessions;
    }

    /** Begins to look, if it has not yet. */
    synchronized void start() {
        if (thread == null && !closed) {
            thread = Thread.ofVirtual().name("screen-scanner").start(this::run);
        }
    }

    /** Ends it; the screen is not looked at any more when this returns. */
    void close() {
        still.writeLock().lock();
        try {
            closed = true;
        } finally {
            still.writeLock().unlock();
        }
        wake();
    }

    /** Somebody waits. */
    void wake() {
        LockSupport.unpark(thread);
    }

    /** Something is about to change: looks at the fastest rate from now on. */
    void hurry() {
        hurried = true;
        wake();
    }

    /** Looks unless somebody has just done so. */
    void lookAgain() {
        if (System.nanoTime() - lastLook > config.fastestRefresh().toNanos()) {
            look();
        }
    }

    /** Looks once, now. */
    void look() {
        still.writeLock().lock();
        try {
            if (!closed) {
                refresh();
            }
        } finally {
            still.writeLock().unlock();
        }
    }

    /** Has a new session sent all of the picture. */
    void introduce(GraphicalSession session) {
        still.writeLock().lock();
        try {
            session.changed(picture, new BitSet(), null);
        } finally {
            still.writeLock().unlock();
        }
    }

    /** Lets {@code work} see a picture that stands still. */
    <T> T read(PictureReader<T> work) {
        still.readLock().lock();
        try {
            return work.read(picture);
        } finally {
            still.readLock().unlock();
        }
    }

    /** Copies an area, row by row, into the start of {@code target}. Pixels outside the picture are left alone. */
    static void copy(Picture picture, Area area, int[] target) {
        Area inside = area.intersection(new Area(0, 0, picture.width(), picture.height()));
        for (int y = 0; y < inside.height(); y++) {
            long offset = ((long) (inside.y() + y) * picture.width() + inside.x()) * Picture.BYTES_PER_PIXEL;
            MemorySegment.copy(
                    picture.pixels(), ValueLayout.JAVA_INT, offset, target, y * area.width(), inside.width());
        }
    }

    long refreshes() {
        return refreshes.sum();
    }

    long failed() {
        return failed.sum();
    }

    long tilesChanged() {
        return tiles.sum();
    }

    long scrolls() {
        return moves.sum();
    }

    private void run() {
        long fastest = config.fastestRefresh().toNanos();
        long slowest = config.slowestRefresh().toNanos();
        long interval = fastest;
        long last = System.nanoTime() - slowest;
        while (!closed) {
            if (!isAnybodyWaiting()) {
                LockSupport.park(this);
                continue;
            }
            if (hurried) {
                hurried = false;
                interval = fastest;
            }
            long rest = last + interval - System.nanoTime();
            if (rest > 0) {
                LockSupport.parkNanos(this, rest);
                continue;
            }
            last = System.nanoTime();
            long before = tiles.sum();
            look();
            long cost = System.nanoTime() - last;
            interval = tiles.sum() != before ? fastest : Math.min(slowest, interval + interval / 4);
            interval = Math.max(interval, COST_FACTOR * cost);
        }
    }

    private boolean isAnybodyWaiting() {
        for (GraphicalSession session : sessions.get()) {
            if (session.isWatching()) {
                return true;
            }
        }
        return false;
    }

    private void refresh() {
        lastLook = System.nanoTime();
        try {
            screen.refresh(picture);
            failing = false;
        } catch (RuntimeException broken) {
            failed.increment();
            if (!failing) {
                failing = true;
                logger.warn("the screen cannot be read", broken);
            }
        }
        refreshes.increment();
        changed.clear();
        picture.takeDamage(changedList);
        if (changed.isEmpty()) {
            return;
        }
        tiles.add(changed.cardinality());
        Move move = scrolls.follow(picture, changed);
        if (move != null) {
            moves.increment();
        }
        for (GraphicalSession session : sessions.get()) {
            session.changed(picture, changed, move);
        }
    }

    /** Reads a picture that stands still meanwhile. */
    interface PictureReader<T> {
        T read(Picture picture);
    }
}
