// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tasks on their way to a loop thread: bounded, in order, one wake-up for as many as wait. A task that throws is
 * logged and does not stop the ones behind it.
 */
final class LoopTasks {
    private static final Logger LOG = LoggerFactory.getLogger(LoopTasks.class);
    private static final int CAPACITY = 65_536;

    private final ArrayBlockingQueue<Runnable> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicBoolean awake = new AtomicBoolean();
    private final Runnable wakeUp;
    private final LinkCounters counters;
    private volatile boolean closed;

    /** @param wakeUp makes the loop thread call {@link #run} soon; from any thread */
    LoopTasks(Runnable wakeUp, LinkCounters counters) {
        this.wakeUp = wakeUp;
        this.counters = counters;
    }

    void add(Runnable task) {
        if (closed || !queue.offer(task)) {
            counters.tasksRejected.increment();
            throw new RejectedExecutionException(closed ? "the link is closed" : "the link's task queue is full");
        }
        if (awake.compareAndSet(false, true)) {
            wakeUp.run();
        }
    }

    /** Runs what waits, and nothing that is added meanwhile by tasks themselves beyond one full queue. */
    void run() {
        awake.set(false);
        for (int budget = CAPACITY; budget > 0; budget--) {
            Runnable task = queue.poll();
            if (task == null) {
                return;
            }
            runSafely(task);
        }
        if (!queue.isEmpty() && awake.compareAndSet(false, true)) {
            wakeUp.run();
        }
    }

    void close() {
        closed = true;
    }

    static void runSafely(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.error("a task on the link's loop failed", e);
        }
    }
}
