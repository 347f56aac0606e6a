// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.cloudhypervisor.HostAlarm;
import dev.umbra.cloudhypervisor.TenantVmKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FindingsTest {
    private static final UUID HOST = UUID.randomUUID();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Findings findings = new Findings(3, () -> now);

    @Test
    void first_alarm_makes_a_new_finding_that_names_its_evidence() {
        Findings.Observation seen = findings.observe(alarm(HostAlarm.Kind.ROOT_SHARED, 5, 7, 0x1000));

        assertThat(seen.isNew()).isTrue();
        assertThat(seen.finding().kind()).isEqualTo(FindingKind.PAGE_TABLE_SHARED);
        assertThat(seen.finding().severity()).isEqualTo(Severity.CRITICAL);
        assertThat(seen.finding().vm()).contains(new TenantVmKey(HOST, 5));
        assertThat(seen.finding().otherVm()).contains(new TenantVmKey(HOST, 7));
        assertThat(seen.finding().evidence()).hasToString("[nested root=0x1000, control block=0x2]");
    }

    @Test
    void repeated_alarm_is_counted_and_keeps_its_first_time() {
        findings.observe(alarm(HostAlarm.Kind.VCPU_MOVED, 5, 7, 1));
        Instant first = now;
        now = now.plus(Duration.ofMinutes(1));

        Findings.Observation again = findings.observe(alarm(HostAlarm.Kind.VCPU_MOVED, 5, 7, 9));

        assertThat(again.isNew()).isFalse();
        assertThat(again.finding().count()).isEqualTo(2);
        assertThat(again.finding().firstSeen()).isEqualTo(first);
        assertThat(again.finding().lastSeen()).isEqualTo(now);
        assertThat(again.finding().evidence().getFirst()).hasToString("control block=0x9");
        assertThat(findings.all()).hasSize(1);
    }

    @Test
    void both_vms_of_a_finding_are_concerned() {
        findings.observe(alarm(HostAlarm.Kind.ROOT_SHARED, 5, 7, 1));

        assertThat(findings.of(new TenantVmKey(HOST, 5))).hasSize(1);
        assertThat(findings.of(new TenantVmKey(HOST, 7))).hasSize(1);
        assertThat(findings.of(new TenantVmKey(HOST, 8))).isEmpty();
        assertThat(findings.of(new TenantVmKey(UUID.randomUUID(), 5))).isEmpty();
    }

    @Test
    void finding_seen_longest_ago_makes_way_and_is_counted() {
        for (long vm = 1; vm <= 3; vm++) {
            findings.observe(alarm(HostAlarm.Kind.LIMIT, vm, 0, 0));
        }
        findings.observe(alarm(HostAlarm.Kind.LIMIT, 1, 0, 0));

        findings.observe(alarm(HostAlarm.Kind.LIMIT, 4, 0, 0));

        assertThat(findings.all())
                .extracting(finding -> finding.vm().orElseThrow().tenantVm())
                .containsExactly(3L, 1L, 4L);
        assertThat(findings.forgotten()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(HostAlarm.Kind.class)
    void every_alarm_becomes_a_finding(HostAlarm.Kind kind) {
        Finding finding = findings.observe(alarm(kind, 0, 0, 3)).finding();

        assertThat(finding.vm()).isEqualTo(Optional.empty());
        assertThat(finding.evidence()).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void finding_that_a_complete_scan_sees_no_more_is_closed_and_opens_again_as_the_same() {
        FindingScope scope = FindingScope.tenant(new TenantVmKey(HOST, 5));
        Sighting hidden = new Sighting(FindingKind.PROCESS_HIDDEN, "process 42", new Evidence.Number("pid", 42));
        Set<FindingKind> examined = Set.of(FindingKind.PROCESS_HIDDEN);

        Finding opened = findings.observe(scope, List.of(hidden), examined, List.of())
                .opened()
                .getFirst();
        Findings.Changes unchanged = findings.observe(scope, List.of(hidden, hidden), examined, List.of());
        Findings.Changes incomplete = findings.observe(scope, List.of(), Set.of(), List.of());
        now = now.plus(Duration.ofMinutes(1));
        Finding closed =
                findings.observe(scope, List.of(), examined, List.of()).closed().getFirst();
        Findings.Changes nothing = findings.observe(scope, List.of(), examined, List.of());
        Finding reopened = findings.observe(scope, List.of(hidden), examined, List.of())
                .opened()
                .getFirst();

        assertThat(unchanged.opened()).isEmpty();
        assertThat(unchanged.continuing()).extracting(Finding::count).containsExactly(2L);
        assertThat(incomplete.closed()).isEmpty();
        assertThat(closed.closed()).contains(now);
        assertThat(closed.isOpen()).isFalse();
        assertThat(nothing.closed()).isEmpty();
        assertThat(reopened.identity().id()).isEqualTo(opened.identity().id()).matches("[0-9a-f]{16}");
        assertThat(reopened.firstSeen()).isEqualTo(opened.firstSeen());
        assertThat(reopened.isOpen()).isTrue();
    }

    @Test
    void finding_that_is_over_is_closed_though_the_scan_could_not_look_everywhere() {
        FindingScope scope = FindingScope.tenant(new TenantVmKey(HOST, 5));
        Sighting over = new Sighting(FindingKind.FUNCTION_POINTER_HOOKED, "udp_seq_ops+0x18");
        Sighting other = new Sighting(FindingKind.FUNCTION_POINTER_HOOKED, "tcp_seq_ops+0x18");
        Sighting still = new Sighting(FindingKind.FUNCTION_POINTER_HOOKED, "raw_seq_ops+0x18");
        findings.observe(scope, List.of(over, other, still), Set.of(), List.of());

        Findings.Changes changes = findings.observe(scope, List.of(still), Set.of(), List.of(over, still));

        assertThat(changes.closed())
                .extracting(finding -> finding.identity().subject())
                .containsExactly("udp_seq_ops+0x18");
        assertThat(findings.all())
                .filteredOn(Finding::isOpen)
                .extracting(finding -> finding.identity().subject())
                .containsExactlyInAnyOrder("tcp_seq_ops+0x18", "raw_seq_ops+0x18");
    }

    @Test
    void scan_of_one_vm_closes_nothing_of_another() {
        Sighting hidden = new Sighting(FindingKind.MODULE_HIDDEN, "module m");
        findings.observe(FindingScope.tenant(new TenantVmKey(HOST, 5)), List.of(hidden), Set.of(), List.of());

        Findings.Changes other =
                findings.observe(FindingScope.cloud(HOST, 1), List.of(), Set.of(FindingKind.MODULE_HIDDEN), List.of());

        assertThat(other.closed()).isEmpty();
        assertThat(findings.all()).allMatch(Finding::isOpen);
    }

    @Test
    void vm_with_most_findings_loses_its_own_first() {
        findings.observe(alarm(HostAlarm.Kind.LIMIT, 1, 0, 0));
        FindingScope noisy = FindingScope.tenant(new TenantVmKey(HOST, 2));

        findings.observe(
                noisy,
                IntStream.range(0, 5)
                        .mapToObj(index -> new Sighting(FindingKind.MODULE_HIDDEN, "module " + index))
                        .toList(),
                Set.of(),
                List.of());

        assertThat(findings.all()).extracting(Finding::subject).containsExactly("", "module 3", "module 4");
        assertThat(findings.forgotten()).isEqualTo(3);
    }

    @Test
    void what_a_vm_wrote_is_shown_as_harmless_text() {
        Sighting sighting = new Sighting(
                FindingKind.PROCESS_HIDDEN, "process \u001b[2J", new Evidence.Text("name", "é".repeat(1000)));

        assertThat(sighting.subject()).isEqualTo("process ?[2J");
        assertThat(sighting.evidence().getFirst()).hasToString("name=" + "?".repeat(Evidence.MAXIMUM_TEXT));
    }

    private static HostAlarm alarm(HostAlarm.Kind kind, long vm, long other, long evidence) {
        return new HostAlarm(kind, HOST, vm, other, evidence, 2);
    }
}
