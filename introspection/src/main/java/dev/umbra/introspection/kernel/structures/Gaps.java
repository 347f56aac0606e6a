// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel.structures;

import dev.umbra.introspection.kernel.structures.Gap.Reason;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Collects the gaps of one view. The same reason at the same structure makes one gap with a count, so that a tenant with a
 * million broken pointers fills no memory here. For one thread.
 */
public final class Gaps {
    private record Kind(Reason reason, String what) {}

    private final Map<Kind, Gap> gaps = new LinkedHashMap<>();

    /**
     * @param what a name of the program, never of the tenant
     * @param address where it happened, or 0
     */
    public void add(Reason reason, String what, long address) {
        gaps.merge(
                new Kind(reason, what),
                new Gap(reason, what, address, 1),
                (first, again) -> new Gap(reason, what, first.address(), first.count() + 1));
    }

    /** All gaps so far, in the order of their first appearance. */
    public List<Gap> toList() {
        return List.copyOf(gaps.values());
    }
}
