// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection;

import dev.umbra.cloudhypervisor.HostAlarm;
import dev.umbra.cloudhypervisor.TenantVmKey;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The findings of all hosts. An alarm that comes again, as a page table shared for an hour does thousands of times, makes one
 * finding with a count. Room is bounded: the finding seen longest ago makes way and is counted. Safe for use by several threads.
 */
public final class Findings {
    /** What came of an alarm. */
    public record Observation(Finding finding, boolean isNew) {}

    private record Subject(FindingKind kind, UUID host, Optional<TenantVmKey> vm, Optional<TenantVmKey> otherVm) {}

    private final int maximum;
    private final InstantSource clock;
    private final Map<Subject, Finding> findings = new LinkedHashMap<>();
    private long forgotten;

    /** @param maximum findings kept at once, at least 1 */
    public Findings(int maximum, InstantSource clock) {
        if (maximum < 1) {
            throw new IllegalArgumentException("maximum must be positive");
        }
        this.maximum = maximum;
        this.clock = clock;
    }

    /** Takes an alarm in; quick, never blocks for long. */
    public synchronized Observation observe(HostAlarm alarm) {
        Finding first = Finding.first(alarm, clock.instant());
        Subject subject = new Subject(first.kind(), first.hostInstance(), first.vm(), first.otherVm());
        Finding before = findings.remove(subject);
        Finding now = before == null ? first : before.again(alarm, clock.instant());
        if (findings.size() >= maximum) {
            findings.remove(findings.keySet().iterator().next());
            forgotten++;
        }
        findings.put(subject, now);
        return new Observation(now, before == null);
    }

    /** All findings, the one seen longest ago first. */
    public synchronized List<Finding> all() {
        return List.copyOf(findings.values());
    }

    /** Findings that concern the VM. */
    public synchronized List<Finding> of(TenantVmKey vm) {
        return findings.values().stream()
                .filter(finding -> finding.concerns(vm))
                .toList();
    }

    /** Findings that made way for newer ones. */
    public synchronized long forgotten() {
        return forgotten;
    }
}
