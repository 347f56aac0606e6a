// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.ultracall.HypervisorCounter;
import java.util.EnumMap;
import java.util.Map;

/** Counters of the module in L0, of one tenant VM or of all; they never go down within a host instance. */
public record TenantVmCounters(Map<HypervisorCounter, Long> values) {
    public TenantVmCounters {
        values = java.util.Collections.unmodifiableMap(new EnumMap<>(values));
    }

    /** 0 if the module does not know the counter. */
    public long value(HypervisorCounter counter) {
        return values.getOrDefault(counter, 0L);
    }
}
