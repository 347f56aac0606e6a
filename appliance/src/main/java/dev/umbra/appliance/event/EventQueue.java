// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events on their way to one sink, in order. Whoever publishes never waits: beyond the bound events are dropped and counted. A
 * delivery that fails is tried again after growing pauses and given up after so many attempts, so that one receiver that is down
 * costs a bounded number of events and never those of another sink.
 */
final class EventQueue implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EventQueue.class);
    private static final Duration CLOSING = Duration.ofSeconds(2);

    /**
     * When a delivery is tried again.
     *
     * @param attempts in all, at least 1
     * @param first pause after the first; each further one is twice as long
     * @param longest pause
     */
    record Retries(int attempts, Duration first, Duration longest) {
        static final Retries USUAL = new Retries(8, Duration.ofSeconds(1), Duration.ofMinutes(1));

        /** The pause after so many attempts. */
        Duration after(int failed) {
            Duration pause = first;
            for (int doubled = 1; doubled < failed && pause.compareTo(longest) < 0; doubled++) {
                pause = pause.multipliedBy(2);
            }
            return pause.compareTo(longest) < 0 ? pause : longest;
        }
    }

    private record Waiting(SecurityEvent event, String line) {}

    private final String name;
    private final EventSink sink;
    private final Retries retries;
    private final BlockingQueue<Waiting> queue;
    private final LongAdder delivered = new LongAdder();
    private final LongAdder retried = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final Thread worker;
    private volatile boolean closed;

    /** @param length events that may wait, at least 1 */
    EventQueue(String name, EventSink sink, int length, Retries retries) {
        this.name = name;
        this.sink = sink;
        this.retries = retries;
        this.queue = new ArrayBlockingQueue<>(length);
        this.worker = Thread.ofVirtual().name("events-" + name).start(this::work);
    }

    String name() {
        return name;
    }

    void offer(SecurityEvent event, String line) {
        if (closed || !queue.offer(new Waiting(event, line))) {
            dropped.increment();
        }
    }

    SecurityEvents.Counters counters() {
        return new SecurityEvents.Counters(delivered.sum(), retried.sum(), failed.sum(), dropped.sum());
    }

    private void work() {
        try {
            while (!closed || !queue.isEmpty()) {
                deliver(queue.take());
            }
        } catch (InterruptedException closing) {
            for (Waiting rest = queue.poll(); rest != null; rest = queue.poll()) {
                tryOnce(rest);
            }
        }
        sink.close();
    }

    private void deliver(Waiting next) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                sink.deliver(next.event, next.line);
                delivered.increment();
                return;
            } catch (EventSink.UndeliverableException refused) {
                giveUp(refused);
                return;
            } catch (IOException failure) {
                if (attempt >= retries.attempts()) {
                    giveUp(failure);
                    return;
                }
                retried.increment();
                pause(attempt);
            } catch (InterruptedException closing) {
                failed.increment();
                throw closing;
            }
        }
    }

    private void pause(int attempt) throws InterruptedException {
        try {
            Thread.sleep(retries.after(attempt));
        } catch (InterruptedException closing) {
            failed.increment();
            throw closing;
        }
    }

    /** At the end there is no time to wait. */
    private void tryOnce(Waiting rest) {
        try {
            sink.deliver(rest.event, rest.line);
            delivered.increment();
        } catch (IOException | InterruptedException failure) {
            failed.increment();
        }
    }

    private void giveUp(IOException failure) {
        failed.increment();
        log.warn("An event was not delivered to {}: {}", name, failure.toString());
    }

    @Override
    public void close() {
        closed = true;
        worker.interrupt();
        try {
            worker.join(CLOSING);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
