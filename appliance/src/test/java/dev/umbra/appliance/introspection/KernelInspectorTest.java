// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.appliance.introspection.InspectedVm.Generation;
import dev.umbra.appliance.introspection.Inspector.Inspection;
import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.detect.Detectors;
import dev.umbra.introspection.kernel.ProfileCache;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelInspectorTest {
    private static final ScanRequest EVERYTHING = ScanRequest.everything(ScanMode.LIVE, ScanRequest.Trigger.REQUEST);

    private final IntrospectionCounters counters = new IntrospectionCounters();
    private final ProfileCache profiles = new ProfileCache(4);
    private final List<String> steps = new ArrayList<>();
    private final Inspector.Watcher watcher = new Inspector.Watcher() {
        @Override
        public void step(String name) {
            steps.add(name);
        }

        @Override
        public void saw(long facts) {}
    };

    @Test
    void vm_that_is_gone_or_without_memory_is_unreachable() {
        SnapshotVm vm = SnapshotVm.empty();
        vm.known = false;
        assertThat(inspector(vm).inspect(EVERYTHING, watcher)).isInstanceOf(Inspection.Unreachable.class);

        vm.generation = Optional.empty();
        assertThat(inspector(vm).inspect(EVERYTHING, watcher)).isInstanceOf(Inspection.Unreachable.class);
    }

    @Test
    void memory_without_a_kernel_is_refused_with_a_reason() {
        assertThat(inspector(SnapshotVm.empty()).inspect(EVERYTHING, watcher))
                .isInstanceOfSatisfying(
                        Inspection.Refused.class,
                        refused -> assertThat(refused.reason()).isNotBlank());
    }

    @Test
    void vm_that_must_not_be_looked_at_is_unreachable_and_the_reason_is_told() {
        SnapshotVm vm = SnapshotVm.empty();
        vm.obstacle = Optional.of("disputed");

        assertThat(inspector(vm).inspect(EVERYTHING, watcher)).isEqualTo(new Inspection.Unreachable("disputed"));
    }

    @Test
    @EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
    void what_was_seen_of_a_vm_that_must_not_be_looked_at_by_now_is_dropped() throws IOException {
        SnapshotVm vm = snapshot("generic-6.1");
        Inspector.Watcher disputing = new Inspector.Watcher() {
            @Override
            public void step(String name) {
                if (name.equals("detection")) {
                    vm.obstacle = Optional.of("disputed");
                }
            }

            @Override
            public void saw(long facts) {}
        };

        assertThat(inspector(vm).inspect(EVERYTHING, disputing)).isEqualTo(new Inspection.Unreachable("disputed"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"generic-6.1", "cloud-6.1", "backports-6.12"})
    @EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
    void everything_is_seen_of_a_real_kernel_and_nothing_is_found(String name) throws IOException {
        SnapshotVm vm = snapshot(name);

        Inspection.Seen seen = seen(inspector(vm).inspect(EVERYTHING, watcher));

        assertThat(vm.asked).as("times that the host is asked for registers").isEqualTo(2);
        assertThat(seen.kernel().release()).startsWith("6.");
        assertThat(steps)
                .containsExactly(
                        "kernel",
                        "processes",
                        "threads",
                        "modules",
                        "sockets",
                        "files",
                        "maps",
                        "mounts",
                        "log",
                        "interfaces",
                        "bpf",
                        "containers",
                        "detection");
        assertThat(seen.sections().get(Section.PROCESSES).facts())
                .anySatisfy(fact -> assertThat(fact.process()).isEqualTo(1));
        for (Section section : List.of(
                Section.THREADS,
                Section.MODULES,
                Section.SOCKETS,
                Section.FILES,
                Section.MAPS,
                Section.MOUNTS,
                Section.LOG,
                Section.INTERFACES)) {
            assertThat(seen.sections().get(section).facts()).as(section.name()).isNotEmpty();
        }
        seen.sections()
                .forEach((section, facts) -> assertThat(facts.facts())
                        .as("identities of " + section)
                        .extracting(Fact::identity)
                        .doesNotHaveDuplicates());
        assertThat(seen.detection().orElseThrow().sightings()).isEmpty();
    }

    @Test
    @EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
    void kernel_is_opened_once_until_the_vm_is_reset() throws IOException {
        SnapshotVm vm = snapshot("generic-6.1");
        Inspector inspector = inspector(vm);
        ScanRequest little =
                new ScanRequest(ScanMode.LIVE, EnumSet.of(Section.MODULES), false, ScanRequest.Trigger.REQUEST);

        Inspection.Seen first = seen(inspector.inspect(little, watcher));
        Inspection.Seen second = seen(inspector.inspect(little, watcher));
        assertThat(counters.values().kernelsOpened()).isEqualTo(1);
        assertThat(second.sections()).isEqualTo(first.sections());

        vm.generation = Optional.of(new Generation(1, 0x1000));
        inspector.inspect(little, watcher);
        assertThat(counters.values().kernelsOpened()).isEqualTo(2);
    }

    @Test
    @EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
    void vm_that_is_reset_meanwhile_teaches_nothing() throws IOException {
        SnapshotVm vm = snapshot("generic-6.1");
        Inspector inspector = inspector(vm);
        Inspector.Watcher resetting = new Inspector.Watcher() {
            @Override
            public void step(String name) {
                if (name.equals("detection")) {
                    vm.generation = Optional.of(new Generation(1, 0x1000));
                }
            }

            @Override
            public void saw(long facts) {}
        };

        assertThat(inspector.inspect(EVERYTHING, resetting)).isInstanceOf(Inspection.Unreachable.class);
        seen(inspector.inspect(EVERYTHING, watcher));
    }

    @Test
    @EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
    void kernel_that_only_other_processors_remember_is_refused() throws IOException {
        SnapshotVm vm = snapshot("generic-6.1");
        vm.firstProcessorRuns(
                new VcpuRegisters(0, 0x8000_0011L, 0x1000, 0x20, 0x500, 0, 0, 0, 0, 0, 0, 0x10_0000, 0, 0));
        assertThat(inspector(vm).inspect(EVERYTHING, watcher)).isInstanceOf(Inspection.Refused.class);

        vm.firstProcessorRuns(new VcpuRegisters(0, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfff0, 0, 0));
        assertThat(inspector(vm).inspect(EVERYTHING, watcher)).isNotInstanceOf(Inspection.Seen.class);
    }

    @Test
    @EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
    void paused_scan_holds_the_vm_once_and_says_how_long_or_that_it_ran() throws IOException {
        SnapshotVm vm = snapshot("generic-6.1");
        Inspector inspector = inspector(vm);
        ScanRequest paused =
                new ScanRequest(ScanMode.PAUSED, EnumSet.of(Section.PROCESSES), false, ScanRequest.Trigger.REQUEST);

        Inspection.Seen held = seen(inspector.inspect(paused, watcher));
        vm.holds = false;
        Inspection.Seen ran = seen(inspector.inspect(paused, watcher));

        assertThat(vm.held).isEqualTo(2);
        assertThat(steps).containsExactly("kernel", "rehearsal", "processes", "kernel", "rehearsal", "processes");
        assertThat(held.pause()).isEqualTo(Duration.ofMillis(3));
        assertThat(held.sections().get(Section.PROCESSES).gaps())
                .extracting(Gap::reason)
                .doesNotContain("not-held");
        assertThat(ran.sections().get(Section.PROCESSES).gaps())
                .extracting(Gap::reason)
                .contains("not-held");
    }

    @Test
    @EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
    void tricks_of_a_rootkit_are_found_and_the_vm_is_held_to_confirm_them() throws IOException {
        SnapshotVm vm = snapshot("rootkit-all-6.1");

        Inspection.Seen seen = seen(inspector(vm).inspect(EVERYTHING, watcher));

        assertThat(seen.detection().orElseThrow().sightings()).isNotEmpty();
        assertThat(vm.held).isEqualTo(1);
    }

    private Inspector inspector(InspectedVm vm) {
        return new KernelInspector(vm, Detectors.standard(), profiles, Duration.ofMillis(20), 8 << 20, counters);
    }

    private static SnapshotVm snapshot(String name) throws IOException {
        return SnapshotVm.of(Path.of(System.getProperty("umbra.snapshots")).resolve(name));
    }

    private static Inspection.Seen seen(Inspection inspection) {
        assertThat(inspection).isInstanceOf(Inspection.Seen.class);
        return (Inspection.Seen) inspection;
    }
}
