// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** What all scans together came to. */
public final class IntrospectionCounters {
    /** Totals. */
    public record Values(long requestsRefused, long facts, long gaps, long kernelsOpened) {}

    private final LongAdder[] ended = new LongAdder[ScanState.values().length];
    private final LongAdder requestsRefused = new LongAdder();
    private final LongAdder facts = new LongAdder();
    private final LongAdder gaps = new LongAdder();
    private final LongAdder kernelsOpened = new LongAdder();
    private final AtomicLong scanTime = new AtomicLong();
    private final AtomicLong pauses = new AtomicLong();
    private final AtomicLong pauseTime = new AtomicLong();
    private final LongAccumulator longestPause = new LongAccumulator(Math::max, 0);

    public IntrospectionCounters() {
        for (int state = 0; state < ended.length; state++) {
            ended[state] = new LongAdder();
        }
    }

    void ended(Scan.Progress progress) {
        ended[progress.state().ordinal()].increment();
        facts.add(progress.facts());
        gaps.add(progress.gaps());
        progress.startedAt()
                .flatMap(start -> progress.endedAt().map(end -> Duration.between(start, end)))
                .ifPresent(time -> scanTime.addAndGet(time.toNanos()));
        if (!progress.pause().isZero()) {
            pauses.incrementAndGet();
            pauseTime.addAndGet(progress.pause().toNanos());
            longestPause.accumulate(progress.pause().toNanos());
        }
    }

    void requestRefused() {
        requestsRefused.increment();
    }

    void kernelOpened() {
        kernelsOpened.increment();
    }

    public Values values() {
        return new Values(requestsRefused.sum(), facts.sum(), gaps.sum(), kernelsOpened.sum());
    }

    /** Scans that have ended in this way. */
    public long count(ScanState state) {
        return ended[state.ordinal()].sum();
    }

    /** Scans that have ended. */
    public long scans() {
        long sum = 0;
        for (LongAdder count : ended) {
            sum += count.sum();
        }
        return sum;
    }

    /** Time that all scans took, in nanoseconds. */
    public long scanTime() {
        return scanTime.get();
    }

    /** Times a VM was held for a scan. */
    public long pauses() {
        return pauses.get();
    }

    /** Time that VMs were held for scans, in nanoseconds. */
    public long pauseTime() {
        return pauseTime.get();
    }

    /** Longest time a VM was held for a scan, in nanoseconds. */
    public long longestPause() {
        return longestPause.get();
    }
}
