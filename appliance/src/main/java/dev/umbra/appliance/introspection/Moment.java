// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a scan saw of a VM at one time.
 *
 * @param id counts up within a VM record, from 1
 * @param at when the scan began to look
 * @param mode whether the VM ran meanwhile
 * @param pause how long it was held, zero in live mode
 * @param sections only those that were scanned
 * @param detectionGaps what the detection could not check
 */
public record Moment(
        long id,
        Instant at,
        ScanMode mode,
        Duration pause,
        KernelIdentity kernel,
        Map<Section, SectionFacts> sections,
        List<Gap> detectionGaps) {
    public Moment {
        sections = Map.copyOf(sections);
        detectionGaps = List.copyOf(detectionGaps);
    }

    /** Facts of all sections. */
    public long facts() {
        return sections.values().stream().mapToLong(seen -> seen.facts().size()).sum();
    }

    /** Gaps of all sections and of the detection. */
    public long gaps() {
        return Stream.concat(detectionGaps.stream(), sections.values().stream().flatMap(seen -> seen.gaps().stream()))
                .mapToLong(Gap::count)
                .sum();
    }
}
