// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.cloudhypervisor.HostAlarm;
import dev.umbra.cloudhypervisor.TenantVmKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
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
        assertThat(seen.finding().severity()).isEqualTo(Finding.Severity.CRITICAL);
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
        assertThat(again.finding().evidence().getFirst().value()).isEqualTo(9);
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

    private static HostAlarm alarm(HostAlarm.Kind kind, long vm, long other, long evidence) {
        return new HostAlarm(kind, HOST, vm, other, evidence, 2);
    }
}
