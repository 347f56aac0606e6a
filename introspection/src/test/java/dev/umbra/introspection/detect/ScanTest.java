// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.SyntheticKernel;
import dev.umbra.introspection.kernel.UnknownKernel;
import dev.umbra.introspection.kernel.structures.Gap;
import dev.umbra.introspection.kernel.structures.SyntheticMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class ScanTest {
    private static final Duration TRANSIT = Duration.ofSeconds(2);

    private final Kernel kernel = SyntheticKernel.in(new SyntheticMemory(1), SyntheticKernel.description());

    /** Does something else at each look. */
    private static final class Scripted implements Detector {
        private final BiConsumer<Integer, Examination> script;
        private final Duration transit;
        private int looks;

        Scripted(BiConsumer<Integer, Examination> script) {
            this(Duration.ZERO, script);
        }

        Scripted(Duration transit, BiConsumer<Integer, Examination> script) {
            this.transit = transit;
            this.script = script;
        }

        @Override
        public Duration transit() {
            return transit;
        }

        @Override
        public String name() {
            return "scripted";
        }

        @Override
        public Set<FindingKind> kinds() {
            return Set.of(FindingKind.MODULE_HIDDEN);
        }

        @Override
        public void examine(Examination examination) {
            script.accept(++looks, examination);
        }
    }

    /** Notes how often its detector had looked when it was held, and how long it was let run. */
    private static final class Running implements Scan.Machine {
        private final Scripted detector;
        private final List<Integer> held = new ArrayList<>();
        private Duration ran = Duration.ZERO;
        private ScanResult found;

        Running(Scripted detector) {
            this.detector = detector;
        }

        @Override
        public List<VcpuRegisters> registers() {
            return List.of();
        }

        @Override
        public void hold(Runnable look) {
            held.add(detector.looks);
            look.run();
        }

        @Override
        public boolean goOn(Duration time) {
            ran = ran.plus(time);
            return true;
        }
    }

    @Test
    void what_is_seen_once_is_a_race_and_no_sighting() {
        Scripted detector = new Scripted((look, examination) -> {
            examination.report(hidden("always"));
            examination.report(hidden("at look " + look));
        });

        ScanResult result = scan(detector);

        assertThat(result.sightings()).extracting(Sighting::subject).containsExactly("always");
        assertThat(result.examined()).containsExactly(FindingKind.MODULE_HIDDEN);
        assertThat(detector.looks).isEqualTo(3);
    }

    @Test
    void machine_is_held_for_the_last_look_alone_and_not_without_suspicion() {
        Scripted suspicious = new Scripted((look, examination) -> examination.report(hidden("module m")));
        Scripted calm = new Scripted((look, examination) -> {});

        assertThat(scanRunning(suspicious).held).containsExactly(2);
        assertThat(scanRunning(calm).held).isEmpty();
        assertThat(calm.looks).isEqualTo(1);
    }

    @Test
    void what_may_be_on_its_way_is_believed_if_it_stays_so_for_all_that_time() {
        Scripted staying = new Scripted(TRANSIT, (look, examination) -> examination.report(hidden("module m")));
        Scripted passing = new Scripted(TRANSIT, (look, examination) -> {
            if (look < 8) {
                examination.report(hidden("module m"));
            }
        });

        Running stayed = scanRunning(staying);
        Running passed = scanRunning(passing);

        assertThat(stayed.found.sightings()).hasSize(1);
        assertThat(stayed.ran).isEqualTo(TRANSIT);
        assertThat(stayed.held).containsExactly(staying.looks - 1);
        assertThat(passed.found.sightings()).isEmpty();
        assertThat(passed.ran).isLessThan(TRANSIT);
        assertThat(passed.held).isEmpty();
    }

    @Test
    void image_is_not_waited_for() {
        Scripted detector = new Scripted(TRANSIT, (look, examination) -> examination.report(hidden("module m")));

        assertThat(scan(detector).sightings()).hasSize(1);
        assertThat(detector.looks).isEqualTo(3);
    }

    @Test
    void detector_that_lacks_something_leaves_a_gap_and_what_it_saw() {
        ScanResult result = scan(new Scripted((look, examination) -> {
            examination.report(hidden("module m"));
            throw new UnknownKernel("no symbol modules");
        }));

        assertThat(result.sightings()).hasSize(1);
        assertThat(result.examined()).isEmpty();
        assertThat(result.gaps().get("scripted").getFirst().reason()).isEqualTo(Gap.Reason.UNKNOWN_TO_KERNEL);
        assertThat(result.complete()).isFalse();
    }

    @Test
    void flood_of_sightings_is_bounded_and_counted() {
        ScanResult result = scan(new Scripted((look, examination) -> {
            for (int number = 0; number < 1000; number++) {
                examination.report(hidden("module " + number));
            }
        }));

        assertThat(result.sightings()).hasSize(Scan.MAXIMUM_SIGHTINGS);
        assertThat(result.dropped()).isEqualTo(1000 - Scan.MAXIMUM_SIGHTINGS);
        assertThat(result.examined()).isEmpty();
    }

    @Test
    void what_a_detector_keeps_is_there_at_the_next_scan() {
        List<String> found = new ArrayList<>();
        Scripted detector = new Scripted((look, examination) -> {
            found.add(examination.previous(String.class).orElse("nothing"));
            examination.keep("look " + look);
        });

        Baseline baseline = scan(detector).baseline();
        new Scan(List.of(detector)).run(kernel, List.of(), baseline);

        assertThat(found).containsExactly("nothing", "look 1");
    }

    @Test
    void what_a_scan_before_saw_is_over_once_its_own_detector_misses_it_and_nothing_else() {
        Scripted seesOnce = new Scripted((look, examination) -> {
            if (look <= 3) {
                examination.report(hidden("module m"));
            }
        });
        Scripted blind = new Scripted((look, examination) -> {
            if (look <= 3) {
                examination.report(hidden("module m"));
            } else if (look <= 4) {
                examination.gap(Gap.Reason.UNREADABLE, "list", 0x1000);
            }
        });

        ScanResult seen = scan(seesOnce);
        ScanResult over = again(seesOnce, seen);
        ScanResult seenByBlind = scan(blind);
        ScanResult unknown = again(blind, seenByBlind);
        ScanResult overAtLast = again(blind, unknown);

        assertThat(seen.over()).isEmpty();
        assertThat(over.over()).isEqualTo(seen.sightings()).hasSize(1);
        assertThat(again(seesOnce, over).over()).isEmpty();
        assertThat(unknown.over()).isEmpty();
        assertThat(unknown.examined()).isEmpty();
        assertThat(overAtLast.over()).isEqualTo(seenByBlind.sightings()).hasSize(1);
    }

    @Test
    void flood_of_sightings_ends_nothing_that_was_seen_before() {
        Scripted detector = new Scripted((look, examination) -> {
            for (int number = 0; number < (look <= 3 ? 1 : 1000); number++) {
                examination.report(hidden("module " + number + (look <= 3 ? " before" : "")));
            }
        });

        ScanResult before = scan(detector);
        ScanResult flooded = again(detector, before);

        assertThat(before.sightings()).hasSize(1);
        assertThat(flooded.sightings()).hasSize(Scan.MAXIMUM_SIGHTINGS).doesNotContainAnyElementsOf(before.sightings());
        assertThat(flooded.over()).isEmpty();
    }

    @Test
    void what_was_seen_in_a_kernel_that_is_no_more_is_over() {
        ScanResult seen = scan(new Scripted((look, examination) -> examination.report(hidden("module m"))));
        Kernel other = SyntheticKernel.in(new SyntheticMemory(1), SyntheticKernel.description(), "01");
        Scripted blind = new Scripted((look, examination) -> examination.gap(Gap.Reason.UNREADABLE, "list", 0x1000));

        ScanResult later = new Scan(List.of(blind)).run(other, List.of(), seen.baseline());

        assertThat(later.over()).isEqualTo(seen.sightings()).hasSize(1);
    }

    @Test
    void kernel_without_the_structures_ends_in_gaps_of_every_detector_that_needs_them() {
        ScanResult result = new Scan(Detectors.standard()).run(kernel, List.of(), Baseline.NONE);

        assertThat(result.sightings()).isEmpty();
        assertThat(result.durations()).hasSameSizeAs(Detectors.standard());
        assertThat(result.gaps()).containsKeys("hidden-modules", "kernel-text", "interrupt-table");
    }

    private Running scanRunning(Scripted detector) {
        Running machine = new Running(detector);
        machine.found = new Scan(List.of(detector)).run(kernel, List.of(), machine, Baseline.NONE, Scan.Progress.NONE);
        return machine;
    }

    private ScanResult again(Detector detector, ScanResult before) {
        return new Scan(List.of(detector)).run(kernel, List.of(), before.baseline());
    }

    private ScanResult scan(Detector detector) {
        return new Scan(List.of(detector)).run(kernel, List.of(), Baseline.NONE);
    }

    private static Sighting hidden(String subject) {
        return new Sighting(FindingKind.MODULE_HIDDEN, subject);
    }
}
