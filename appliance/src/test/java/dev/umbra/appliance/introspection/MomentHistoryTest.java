// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import static dev.umbra.appliance.introspection.FakeInspector.module;
import static dev.umbra.appliance.introspection.FakeInspector.process;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MomentHistoryTest {
    private final MomentHistory history = new MomentHistory(2, 1 << 20);

    @Test
    void oldest_moment_makes_way() {
        Moment first = add(Map.of());
        Moment second = add(Map.of());
        Moment third = add(Map.of());

        assertThat(history.all()).containsExactly(second, third);
        assertThat(history.find(first.id())).isEmpty();
        assertThat(third.id()).isEqualTo(3);
    }

    @Test
    void what_did_not_change_is_kept_once() {
        Moment before = add(Map.of(Section.MODULES, facts(module("a"), module("b"))));
        Moment after = add(Map.of(Section.MODULES, facts(module("a"), module("c"))));

        List<? extends Fact> earlier = before.sections().get(Section.MODULES).facts();
        List<? extends Fact> later = after.sections().get(Section.MODULES).facts();
        assertThat(later.getFirst()).isSameAs(earlier.getFirst());
        assertThat(later.getLast()).isEqualTo(module("c"));
    }

    @Test
    void section_is_read_at_the_newest_moment_that_has_it() {
        Moment modules = add(Map.of(Section.MODULES, facts(module("a"))));
        add(Map.of(Section.PROCESSES, facts(process(1, "init", 1))));

        assertThat(history.newestWith(Section.MODULES)).contains(modules);
        assertThat(history.newestWith(Section.FILES)).isEmpty();
    }

    @Test
    void gaps_of_both_moments_belong_to_their_difference() {
        Gap cycle = new Gap("cycle", "module.list", null, 1);
        MomentDifference difference = MomentDifference.of(
                Section.MODULES,
                new SectionFacts(List.of(module("a")), List.of(cycle)),
                new SectionFacts(List.of(module("a")), List.of()));

        assertThat(difference.isEmpty()).isTrue();
        assertThat(difference.gaps()).containsExactly(cycle);
    }

    @Test
    void facts_beyond_the_size_of_a_moment_are_left_out_with_a_gap() {
        SectionFacts cut = facts(module("a"), module("b"), module("c")).within(FactSize.of(module("a")) * 3 / 2);

        assertThat(cut.facts()).hasSize(1);
        assertThat(cut.gaps()).containsExactly(new Gap("too-many", "facts kept of a moment", null, 2));
    }

    @Test
    void large_moments_make_way_early_and_small_changes_do_not() {
        MomentHistory small = new MomentHistory(10, 3000);
        for (int number = 0; number < 5; number++) {
            small.add(moment(small, Map.of(Section.MODULES, facts(module("x".repeat(1500)), module("n" + number)))));
        }
        assertThat(small.all()).hasSize(5);

        small.add(moment(small, Map.of(Section.MODULES, facts(module("y".repeat(2000))))));
        assertThat(small.all()).hasSize(1);
    }

    private static SectionFacts facts(Fact... facts) {
        return new SectionFacts(List.of(facts), List.of());
    }

    private Moment add(Map<Section, SectionFacts> sections) {
        return history.add(moment(history, sections));
    }

    private static Moment moment(MomentHistory history, Map<Section, SectionFacts> sections) {
        return new Moment(
                history.nextId(),
                Instant.EPOCH,
                ScanMode.LIVE,
                Duration.ZERO,
                FakeInspector.KERNEL,
                sections,
                List.of());
    }
}
