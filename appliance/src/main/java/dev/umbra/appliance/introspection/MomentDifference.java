// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What changed in one section between two moments. Things are recognized by {@link Fact#identity}. A section with gaps at either
 * moment may show as gone what was only not seen, so the gaps belong to the answer.
 *
 * @param changed both versions of what is there twice and not the same, but for what changes all the time
 */
public record MomentDifference(
        Section section, List<Fact> appeared, List<Fact> gone, List<Change> changed, List<Gap> gaps) {
    /** Something at both moments. */
    public record Change(Fact before, Fact after) {}

    static MomentDifference of(Section section, SectionFacts before, SectionFacts after) {
        Map<String, Fact> left = new LinkedHashMap<>();
        before.facts().forEach(fact -> left.putIfAbsent(fact.identity(), fact));
        List<Fact> appeared = new ArrayList<>();
        List<Change> changed = new ArrayList<>();
        for (Fact fact : after.facts()) {
            Fact earlier = left.remove(fact.identity());
            if (earlier == null) {
                appeared.add(fact);
            } else if (!earlier.settled().equals(fact.settled())) {
                changed.add(new Change(earlier, fact));
            }
        }
        List<Gap> gaps = new ArrayList<>(before.gaps());
        gaps.addAll(after.gaps());
        return new MomentDifference(section, appeared, List.copyOf(left.values()), changed, gaps);
    }

    /** Whether anything changed. */
    public boolean isEmpty() {
        return appeared.isEmpty() && gone.isEmpty() && changed.isEmpty();
    }
}
