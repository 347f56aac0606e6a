// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import java.util.ArrayList;
import java.util.List;

/**
 * What a scan saw of one section.
 *
 * @param facts in the order of the kernel's own list
 * @param gaps what is missing among them
 */
public record SectionFacts(List<? extends Fact> facts, List<Gap> gaps) {
    public SectionFacts {
        facts = List.copyOf(facts);
        gaps = List.copyOf(gaps);
    }

    /** As many of the facts as fit into so many bytes; a gap says how many are left out. */
    SectionFacts within(long bytes) {
        long left = bytes;
        for (int count = 0; count < facts.size(); count++) {
            left -= FactSize.of(facts.get(count));
            if (left < 0) {
                List<Gap> more = new ArrayList<>(gaps);
                more.add(new Gap("too-many", "facts kept of a moment", null, facts.size() - count));
                return new SectionFacts(facts.subList(0, count), more);
            }
        }
        return this;
    }

    /** Bytes that the facts take, about. */
    long size() {
        return facts.stream().mapToLong(FactSize::of).sum();
    }
}
