// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import dev.umbra.introspection.Severity;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Tells every sink of every event. Never blocks. */
public final class SecurityEvents implements AutoCloseable {
    /** Totals of a sink. */
    public record Counters(long delivered, long retried, long failed, long dropped) {}

    private final List<EventQueue> queues;
    private final Severity minimum;
    private final LongAdder published = new LongAdder();

    /** @param minimum what is less severe is not told */
    SecurityEvents(List<EventQueue> queues, Severity minimum) {
        this.queues = List.copyOf(queues);
        this.minimum = minimum;
    }

    public void publish(SecurityEvent event) {
        if (event.severity().compareTo(minimum) < 0) {
            return;
        }
        published.increment();
        String line = EveJson.line(event);
        queues.forEach(queue -> queue.offer(event, line));
    }

    /** Events that were severe enough to be told. */
    public long published() {
        return published.sum();
    }

    /** What became of them, by sink. */
    public Map<String, Counters> counters() {
        Map<String, Counters> all = new LinkedHashMap<>();
        queues.forEach(queue -> all.put(queue.name(), queue.counters()));
        return all;
    }

    @Override
    public void close() {
        queues.forEach(EventQueue::close);
    }
}
