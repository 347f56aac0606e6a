// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The last moments of a VM. Facts that did not change are shared between moments, so that a history of a quiet VM costs little
 * more than one moment. Bounded: the oldest moment makes way.
 */
final class MomentHistory {
    private final int maximum;
    private final Deque<Moment> moments = new ArrayDeque<>();
    private long lastId;

    /** @param maximum moments kept, at least 1 */
    MomentHistory(int maximum) {
        this.maximum = maximum;
    }

    synchronized long nextId() {
        return ++lastId;
    }

    /** Keeps a moment and gives it back as it is kept. */
    synchronized Moment add(Moment moment) {
        Moment kept = sharing(moment);
        if (moments.size() == maximum) {
            moments.removeFirst();
        }
        moments.addLast(kept);
        return kept;
    }

    /** Oldest first. */
    synchronized List<Moment> all() {
        return List.copyOf(moments);
    }

    synchronized Optional<Moment> find(long id) {
        return moments.stream().filter(moment -> moment.id() == id).findFirst();
    }

    /** The newest moment in which the section was looked at. */
    synchronized Optional<Moment> newestWith(Section section) {
        return moments.reversed().stream()
                .filter(moment -> moment.sections().containsKey(section))
                .findFirst();
    }

    private Moment sharing(Moment moment) {
        Map<Section, SectionFacts> sections = new HashMap<>();
        moment.sections()
                .forEach((section, seen) -> sections.put(
                        section,
                        newestWith(section)
                                .map(before -> sharing(seen, before.sections().get(section)))
                                .orElse(seen)));
        return new Moment(
                moment.id(),
                moment.at(),
                moment.mode(),
                moment.pause(),
                moment.kernel(),
                sections,
                moment.detectionGaps());
    }

    private static SectionFacts sharing(SectionFacts seen, SectionFacts before) {
        Map<Fact, Fact> known = new HashMap<>();
        before.facts().forEach(fact -> known.put(fact, fact));
        List<Fact> shared = new ArrayList<>(seen.facts().size());
        seen.facts().forEach(fact -> shared.add(known.getOrDefault(fact, fact)));
        return new SectionFacts(shared, seen.gaps());
    }
}
