// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Ends the back-pressure of a writer that holds the device back and takes nothing. A watch begins with a stall and lasts one patience;
 * a writer that has moved by then is watched anew while it still holds the device back. One watch at a time for each session, however
 * often the device stalls.
 */
final class WriterWatch {
    private final SerialConsole console;
    private final ScheduledExecutorService scheduler;
    private final Duration patience;

    WriterWatch(SerialConsole console, ScheduledExecutorService scheduler, Duration patience) {
        this.console = console;
        this.scheduler = scheduler;
        this.patience = patience;
    }

    void begin(SerialSession holder) {
        if (holder.watched.compareAndSet(false, true)) {
            long position = holder.position();
            scheduler.schedule(() -> judge(holder, position), patience.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void judge(SerialSession holder, long positionThen) {
        holder.watched.set(false);
        if (!console.isHeldBackBy(holder)) {
            return;
        }
        if (holder.position() != positionThen) {
            begin(holder);
        } else {
            console.endBackPressure(holder);
        }
    }
}
