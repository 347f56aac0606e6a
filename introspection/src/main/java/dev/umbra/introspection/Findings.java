// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection;

import dev.umbra.cloudhypervisor.HostAlarm;
import dev.umbra.cloudhypervisor.TenantVmKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The findings of all hosts: alarms of the hosts themselves and what detectors see in the memory of VMs. What is seen
 * again, as a page table shared for an hour is thousands of times, makes one finding with a count.
 *
 * <p>A scan that looked wherever a finding could be and does not see it any more closes it; seen once more, the same finding is
 * open again. Alarms report events, so nothing closes them.
 *
 * <p>Room is bounded, and everything that makes way is counted: closed findings first, then those of the VM that has
 * most of them, so that a VM cannot push the findings of others out by raising many. Among these it is the one seen longest ago.
 * Safe for use by several threads.
 */
public final class Findings {
    /** What came of an alarm. */
    public record Observation(Finding finding, boolean isNew) {}

    /**
     * What a scan changed.
     *
     * @param opened found for the first time, or again after they were closed
     * @param continuing known and still there
     * @param closed gone since the scan before
     */
    public record Changes(List<Finding> opened, List<Finding> continuing, List<Finding> closed) {
        public Changes {
            opened = List.copyOf(opened);
            continuing = List.copyOf(continuing);
            closed = List.copyOf(closed);
        }
    }

    private final int maximum;
    private final InstantSource clock;
    private final Map<FindingIdentity, Finding> findings = new LinkedHashMap<>();
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
        return put(HostAlarms.scope(alarm), HostAlarms.sighting(alarm), clock.instant());
    }

    /**
     * Takes in what one scan saw.
     *
     * @param scope whose memory was scanned
     * @param examined kinds that the scan looked for everywhere: their findings in this scope that were not seen are over
     * @param over what is over besides, though the scan did not look everywhere for its kind
     */
    public synchronized Changes observe(
            FindingScope scope, Collection<Sighting> sightings, Set<FindingKind> examined, Collection<Sighting> over) {
        Instant now = clock.instant();
        List<Finding> opened = new ArrayList<>();
        List<Finding> continuing = new ArrayList<>();
        Set<FindingIdentity> seen = new HashSet<>();
        for (Sighting sighting : sightings) {
            if (seen.add(new FindingIdentity(sighting.kind(), scope, sighting.subject()))) {
                Observation observation = put(scope, sighting, now);
                (observation.isNew() ? opened : continuing).add(observation.finding());
            }
        }
        Set<FindingIdentity> ended = over.stream()
                .map(sighting -> new FindingIdentity(sighting.kind(), scope, sighting.subject()))
                .collect(Collectors.toSet());
        List<Finding> gone = findings.values().stream()
                .filter(Finding::isOpen)
                .filter(finding -> finding.identity().scope().equals(scope))
                .filter(finding -> examined.contains(finding.kind()) || ended.contains(finding.identity()))
                .filter(finding -> !seen.contains(finding.identity()))
                .map(finding -> finding.gone(now))
                .toList();
        gone.forEach(finding -> findings.put(finding.identity(), finding));
        return new Changes(opened, continuing, gone);
    }

    /** Everything kept, open or closed, the one seen longest ago first. */
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

    private Observation put(FindingScope scope, Sighting sighting, Instant now) {
        FindingIdentity identity = new FindingIdentity(sighting.kind(), scope, sighting.subject());
        Finding before = findings.remove(identity);
        Finding finding = before == null ? Finding.first(identity, sighting, now) : before.again(sighting, now);
        if (findings.size() >= maximum) {
            findings.remove(leastMissed());
            forgotten++;
        }
        findings.put(identity, finding);
        return new Observation(finding, before == null || !before.isOpen());
    }

    private FindingIdentity leastMissed() {
        Optional<Finding> closed =
                findings.values().stream().filter(finding -> !finding.isOpen()).findFirst();
        if (closed.isPresent()) {
            return closed.get().identity();
        }
        Map<FindingScope, Integer> counts = new HashMap<>();
        findings.keySet().forEach(identity -> counts.merge(identity.scope(), 1, Integer::sum));
        int most = counts.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
        return findings.keySet().stream()
                .filter(identity -> counts.get(identity.scope()) == most)
                .findFirst()
                .orElseThrow();
    }
}
