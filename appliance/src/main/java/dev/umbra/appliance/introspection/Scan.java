// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** One look at a VM, from the request to its end. Watched by any number of threads, moved on by one. */
public final class Scan {
    /** Named when nothing is looked at. */
    static final String NO_STEP = "";

    /**
     * How far it is.
     *
     * @param step what is looked at now, a section's name, {@code kernel} or {@code detection}; empty when nothing is
     * @param done steps that are over
     * @param facts facts seen so far
     * @param pause how long the VM was held for it
     * @param moment the moment it made, once it has ended
     * @param reason why it ended as it did, unless it completed
     */
    public record Progress(
            ScanState state,
            Optional<Instant> startedAt,
            Optional<Instant> endedAt,
            String step,
            int done,
            long facts,
            long gaps,
            Duration pause,
            OptionalLong moment,
            Optional<String> reason) {}

    private final UUID id = UUID.randomUUID();
    private final ScanRequest request;
    private final InstantSource clock;
    private final Instant requestedAt;
    private Progress progress = new Progress(
            ScanState.QUEUED,
            Optional.empty(),
            Optional.empty(),
            NO_STEP,
            0,
            0,
            0,
            Duration.ZERO,
            OptionalLong.empty(),
            Optional.empty());

    Scan(ScanRequest request, InstantSource clock) {
        this.request = request;
        this.clock = clock;
        this.requestedAt = clock.instant();
    }

    public UUID id() {
        return id;
    }

    public ScanRequest request() {
        return request;
    }

    public Instant requestedAt() {
        return requestedAt;
    }

    /** Steps in all, of which {@link Progress#done} are over. */
    public int steps() {
        return request.steps();
    }

    public synchronized Progress progress() {
        return progress;
    }

    /**
     * Waits until the progress is another one than the caller has seen.
     *
     * @param longest time after which it returns all the same
     */
    public synchronized Progress awaitChange(Progress seen, Duration longest) throws InterruptedException {
        long end = System.nanoTime() + longest.toNanos();
        for (long left = longest.toNanos(); progress == seen && left > 0; left = end - System.nanoTime()) {
            wait(Math.max(1, left / 1_000_000));
        }
        return progress;
    }

    void started() {
        update(before -> new Progress(
                ScanState.RUNNING,
                Optional.of(clock.instant()),
                Optional.empty(),
                NO_STEP,
                0,
                0,
                0,
                Duration.ZERO,
                OptionalLong.empty(),
                Optional.empty()));
    }

    /** Another step begins; the one before is over. */
    void step(String name) {
        update(before -> new Progress(
                before.state,
                before.startedAt,
                before.endedAt,
                name,
                before.step.isEmpty() ? before.done : before.done + 1,
                before.facts,
                before.gaps,
                before.pause,
                before.moment,
                before.reason));
    }

    void saw(long facts) {
        update(before -> new Progress(
                before.state,
                before.startedAt,
                before.endedAt,
                before.step,
                before.done,
                before.facts + facts,
                before.gaps,
                before.pause,
                before.moment,
                before.reason));
    }

    void ended(Moment moment) {
        update(before -> new Progress(
                moment.gaps() == 0 ? ScanState.COMPLETED : ScanState.PARTIAL,
                before.startedAt,
                Optional.of(clock.instant()),
                NO_STEP,
                request.steps(),
                moment.facts(),
                moment.gaps(),
                moment.pause(),
                OptionalLong.of(moment.id()),
                Optional.empty()));
    }

    void ended(ScanState state, String reason) {
        update(before -> new Progress(
                state,
                before.startedAt,
                Optional.of(clock.instant()),
                NO_STEP,
                before.done,
                before.facts,
                before.gaps,
                before.pause,
                OptionalLong.empty(),
                Optional.of(reason)));
    }

    /** An ended scan stays as it ended. */
    private synchronized void update(UnaryOperator<Progress> change) {
        if (!progress.state.ended()) {
            progress = change.apply(progress);
            notifyAll();
        }
    }
}
