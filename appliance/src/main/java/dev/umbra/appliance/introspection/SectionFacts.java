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

    /** At most so many of the facts; a gap says how many are left out. */
    SectionFacts first(int maximum) {
        if (facts.size() <= maximum) {
            return this;
        }
        List<Gap> more = new ArrayList<>(gaps);
        more.add(new Gap("too-many", "facts kept of a moment", null, facts.size() - maximum));
        return new SectionFacts(facts.subList(0, maximum), more);
    }
}
