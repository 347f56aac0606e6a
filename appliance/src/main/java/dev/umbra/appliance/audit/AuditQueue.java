// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.audit;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries events from threads that must not wait for the database, such as a host's loop, to one that may. Events queue up to a
 * bound, beyond which they are dropped and counted; at the end what is queued is still worked off.
 */
public final class AuditQueue implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AuditQueue.class);
    private static final int LENGTH = 1024;

    private final BlockingQueue<Runnable> queue = new ArrayBlockingQueue<>(LENGTH);
    private final AtomicLong dropped = new AtomicLong();
    private final AuditTrail audit;
    private final Thread worker;
    private volatile boolean closed;

    public AuditQueue(AuditTrail audit) {
        this.audit = audit;
        this.worker = Thread.ofPlatform().name("audit-queue").daemon().start(this::work);
    }

    /** Has the event recorded soon. */
    public void offer(AuditEvent event) {
        offer(() -> audit.record(event));
    }

    /** Has a task run soon that records events. */
    public void offer(Runnable recording) {
        if (closed || !queue.offer(recording)) {
            dropped.incrementAndGet();
        }
    }

    /** Events dropped because too many waited. */
    public long dropped() {
        return dropped.get();
    }

    @Override
    public void close() {
        closed = true;
        worker.interrupt();
        try {
            worker.join(2000);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        while (!closed) {
            try {
                run(queue.take());
            } catch (InterruptedException closing) {
                break;
            }
        }
        for (Runnable rest = queue.poll(); rest != null; rest = queue.poll()) {
            run(rest);
        }
    }

    private void run(Runnable recording) {
        try {
            recording.run();
        } catch (RuntimeException failure) {
            dropped.incrementAndGet();
            log.error("An event could not be recorded", failure);
        }
    }
}
