// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** The counters of one host; written on any thread, read as a snapshot. */
public final class HostCounters {
    private final LongAdder[] values = new LongAdder[HostCounter.values().length];

    public HostCounters() {
        for (int index = 0; index < values.length; index++) {
            values[index] = new LongAdder();
        }
    }

    public void increment(HostCounter counter) {
        values[counter.ordinal()].increment();
    }

    public void add(HostCounter counter, long amount) {
        values[counter.ordinal()].add(amount);
    }

    public long value(HostCounter counter) {
        return values[counter.ordinal()].sum();
    }

    public Map<HostCounter, Long> snapshot() {
        Map<HostCounter, Long> snapshot = new EnumMap<>(HostCounter.class);
        for (HostCounter counter : HostCounter.values()) {
            snapshot.put(counter, value(counter));
        }
        return snapshot;
    }
}
