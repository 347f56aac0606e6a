// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.appliance.introspection.InspectedVm.Generation;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Whether the kernel of a VM still comes up. Only the kernel can say so, and one that is no longer honest would say it to be left
 * alone: it is believed until it has been up once, and for no longer than a boot can take.
 */
final class BootWatch {
    private final long longest;
    private final LongSupplier nanoTime;

    private Generation generation;
    private long since;
    private boolean over;
    private boolean wasUp;

    BootWatch(Duration longest, LongSupplier nanoTime) {
        this.longest = longest.toNanos();
        this.nanoTime = nanoTime;
    }

    /** @param up what the kernel says */
    boolean goesOn(Generation now, boolean up) {
        wasUp |= up;
        over = over(now) || up;
        return !over;
    }

    /** Whether there may be no kernel yet, for the VM was reset since one was up. */
    boolean startsAnew(Generation now) {
        over = over(now);
        return wasUp && !over;
    }

    private boolean over(Generation now) {
        if (!now.equals(generation)) {
            generation = now;
            since = nanoTime.getAsLong();
            over = false;
        }
        return over || nanoTime.getAsLong() - since >= longest;
    }
}
