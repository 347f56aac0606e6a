// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.kernel.structures.Gap;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a scan found.
 *
 * @param sightings what was seen each time it was looked for
 * @param examined kinds of findings that were looked for everywhere they could be
 * @param over what a scan before saw and is gone: its detector missed nothing now, or its kernel is no more
 * @param gaps what could not be looked at, by detector
 * @param durations time each detector took, looking again included
 * @param dropped sightings beyond {@link Scan#MAXIMUM_SIGHTINGS} of one detector
 * @param baseline for the next scan
 */
public record ScanResult(
        List<Sighting> sightings,
        Set<FindingKind> examined,
        List<Sighting> over,
        Map<String, List<Gap>> gaps,
        Map<String, Duration> durations,
        long dropped,
        Baseline baseline) {
    public ScanResult {
        sightings = List.copyOf(sightings);
        examined = Set.copyOf(examined);
        over = List.copyOf(over);
        gaps = Map.copyOf(gaps);
        durations = Map.copyOf(durations);
    }

    /** Whether every detector saw all there is. */
    public boolean complete() {
        return gaps.isEmpty();
    }
}
