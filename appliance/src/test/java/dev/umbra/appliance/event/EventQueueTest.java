// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.appliance.RunningAppliance;
import dev.umbra.introspection.Severity;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EventQueueTest {
    private static final EventQueue.Retries QUICK =
            new EventQueue.Retries(3, Duration.ofMillis(1), Duration.ofMillis(2));

    private final List<String> delivered = new CopyOnWriteArrayList<>();

    @Test
    void events_arrive_in_order() {
        try (EventQueue queue = new EventQueue("test", (event, line) -> delivered.add(line), 100, QUICK)) {
            offer(queue, "a", "b", "c");
            RunningAppliance.await(() -> queue.counters().delivered() == 3);
        }

        assertThat(delivered).containsExactly("a", "b", "c");
    }

    @Test
    void what_finds_no_room_is_dropped_and_counted() throws InterruptedException {
        Semaphore gate = new Semaphore(0);
        CountDownLatch busy = new CountDownLatch(1);
        EventSink slow = (event, line) -> {
            busy.countDown();
            gate.acquire();
            delivered.add(line);
        };
        try (EventQueue queue = new EventQueue("test", slow, 2, QUICK)) {
            offer(queue, "a");
            busy.await();
            offer(queue, "b", "c", "d", "e");

            assertThat(queue.counters().dropped()).isEqualTo(2);
            gate.release(3);
            RunningAppliance.await(() -> queue.counters().delivered() == 3);
        }
        assertThat(delivered).containsExactly("a", "b", "c");
    }

    @Test
    void failure_is_tried_again_and_given_up_in_the_end() {
        AtomicInteger attempts = new AtomicInteger();
        EventSink failing = (event, line) -> {
            if (attempts.incrementAndGet() != 5) {
                throw new IOException("down");
            }
            delivered.add(line);
        };
        try (EventQueue queue = new EventQueue("test", failing, 10, QUICK)) {
            offer(queue, "lost", "late");
            RunningAppliance.await(() -> queue.counters().delivered() == 1);

            assertThat(queue.counters()).isEqualTo(new SecurityEvents.Counters(1, 3, 1, 0));
        }
        assertThat(delivered).containsExactly("late");
    }

    @Test
    void refusal_is_not_tried_again() {
        EventSink refusing = (event, line) -> {
            throw new EventSink.UndeliverableException("no");
        };
        try (EventQueue queue = new EventQueue("test", refusing, 10, QUICK)) {
            offer(queue, "a");
            RunningAppliance.await(() -> queue.counters().failed() == 1);

            assertThat(queue.counters().retried()).isZero();
        }
    }

    @Test
    void what_waits_at_the_end_is_delivered_once_more_or_counted() {
        CountDownLatch started = new CountDownLatch(1);
        EventSink down = (event, line) -> {
            started.countDown();
            if (line.equals("first")) {
                throw new IOException("down");
            }
            delivered.add(line);
        };
        EventQueue queue =
                new EventQueue("test", down, 10, new EventQueue.Retries(9, Duration.ofHours(1), Duration.ofHours(1)));
        offer(queue, "first", "second");
        RunningAppliance.await(() -> queue.counters().retried() == 1);

        queue.close();

        assertThat(delivered).containsExactly("second");
        assertThat(queue.counters()).isEqualTo(new SecurityEvents.Counters(1, 1, 1, 0));
    }

    @Test
    void pauses_double_up_to_the_longest() {
        EventQueue.Retries retries = new EventQueue.Retries(9, Duration.ofSeconds(1), Duration.ofSeconds(5));

        assertThat(List.of(retries.after(1), retries.after(2), retries.after(3), retries.after(4), retries.after(8)))
                .containsExactly(
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5));
    }

    @Test
    void less_severe_events_are_not_told() {
        EventQueue queue = new EventQueue("test", (event, line) -> delivered.add(line), 100, QUICK);
        try (SecurityEvents events = new SecurityEvents(List.of(queue), Severity.WARNING)) {
            events.publish(TestEvents.event("quiet", Severity.NOTICE, List.of()));
            events.publish(TestEvents.event("loud", Severity.WARNING, List.of()));
            RunningAppliance.await(() -> queue.counters().delivered() == 1);

            assertThat(events.published()).isEqualTo(1);
            assertThat(events.counters()).containsKey("test");
        }
        assertThat(delivered).singleElement().asString().contains("loud");
    }

    private static void offer(EventQueue queue, String... lines) {
        for (String line : lines) {
            queue.offer(TestEvents.event("k"), line);
        }
    }
}
