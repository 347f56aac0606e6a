// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The last moments of a VM. Facts that did not change are shared between moments, so that a history of a quiet VM costs little
 * more than one moment. Bounded by number and by size: the oldest moments make way.
 */
final class MomentHistory {
    private final int maximum;
    private final long maximumSize;
    private final Deque<Kept> moments = new ArrayDeque<>();
    private long lastId;

    /** @param fresh bytes of facts that no earlier moment has */
    private record Kept(Moment moment, long fresh) {}

    /**
     * @param maximum moments kept, at least 1
     * @param maximumSize bytes of all their facts; one moment is kept whatever its size
     */
    MomentHistory(int maximum, long maximumSize) {
        this.maximum = maximum;
        this.maximumSize = maximumSize;
    }

    synchronized long nextId() {
        return ++lastId;
    }

    /** Keeps a moment and gives it back as it is kept. */
    synchronized Moment add(Moment moment) {
        Set<Fact> known = moments.isEmpty() ? Set.of() : facts(moments.getLast().moment);
        Moment kept = sharing(moment);
        long fresh = facts(kept).stream()
                .filter(fact -> !known.contains(fact))
                .mapToLong(FactSize::of)
                .sum();
        moments.addLast(new Kept(kept, fresh));
        while (moments.size() > maximum || moments.size() > 1 && size() > maximumSize) {
            forgetOldest();
        }
        return kept;
    }

    private long size() {
        return moments.stream().mapToLong(Kept::fresh).sum();
    }

    /** What the next moment shares with the oldest is its own from then on. */
    private void forgetOldest() {
        Set<Fact> gone = facts(moments.removeFirst().moment);
        Kept next = moments.removeFirst();
        long shared = facts(next.moment).stream()
                .filter(gone::contains)
                .mapToLong(FactSize::of)
                .sum();
        moments.addFirst(new Kept(next.moment, next.fresh + shared));
    }

    private static Set<Fact> facts(Moment moment) {
        Set<Fact> all = Collections.newSetFromMap(new IdentityHashMap<>());
        moment.sections().values().forEach(seen -> all.addAll(seen.facts()));
        return all;
    }

    /** Oldest first. */
    synchronized List<Moment> all() {
        return moments.stream().map(Kept::moment).toList();
    }

    synchronized Optional<Moment> find(long id) {
        return all().stream().filter(moment -> moment.id() == id).findFirst();
    }

    /** The newest moment in which the section was looked at. */
    synchronized Optional<Moment> newestWith(Section section) {
        return all().reversed().stream()
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
