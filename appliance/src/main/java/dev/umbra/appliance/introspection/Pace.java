// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps the thread that uses it within a share of one processor, by sleeping in proportion to the processor time it took. Consoles
 * are served on the same machine, and a scan is never in such a hurry as somebody who types. What breaks it: asking too seldom, as
 * between two questions the thread takes what it needs.
 */
final class Pace {
    private static final long SHORTEST_SLEEP = 1_000_000;
    private static final long LONGEST_SLEEP = 1_000_000_000;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final int percent;
    private long taken;
    private long owed;

    /** @param percent share of one processor, 1 to 100 */
    Pace(int percent) {
        this.percent = percent;
    }

    /** Begins to count on the calling thread. */
    void start() {
        taken = THREADS.getCurrentThreadCpuTime();
        owed = 0;
    }

    /** Sleeps if the calling thread has taken more than its share. */
    void keep() {
        long now = THREADS.getCurrentThreadCpuTime();
        owed += pause(now - taken, percent);
        taken = now;
        if (owed >= SHORTEST_SLEEP) {
            long asked = Math.min(owed, LONGEST_SLEEP);
            long before = System.nanoTime();
            LockSupport.parkNanos(asked);
            owed = Math.max(0, owed - (System.nanoTime() - before));
        }
    }

    /** Nanoseconds to sleep after so many of work. */
    static long pause(long worked, int percent) {
        return worked / percent * (100 - percent);
    }
}
