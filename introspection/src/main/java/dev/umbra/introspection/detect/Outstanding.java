// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.Sighting;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What scans saw and nothing has shown to be over since, by the names of their detectors. A detector that could not look
 * everywhere says nothing of what it does not see: that stays outstanding. Immutable.
 *
 * @param sightings by detector, then by kind and subject
 */
record Outstanding(Map<String, Map<String, Sighting>> sightings) {
    static final Outstanding NONE = new Outstanding(Map.of());

    /**
     * What is outstanding after one more scan of the same kernel.
     *
     * @param seen by all detectors
     * @param incomplete those that could not look everywhere
     */
    Outstanding after(Map<Detector, Map<String, Sighting>> seen, Set<Detector> incomplete) {
        Map<String, Map<String, Sighting>> outstanding = new LinkedHashMap<>();
        seen.forEach((detector, now) -> {
            Map<String, Sighting> all = new LinkedHashMap<>(now);
            if (incomplete.contains(detector)) {
                sightings.getOrDefault(detector.name(), Map.of()).forEach((what, sighting) -> {
                    if (all.size() < Scan.MAXIMUM_SIGHTINGS) {
                        all.putIfAbsent(what, sighting);
                    }
                });
            }
            outstanding.put(detector.name(), all);
        });
        return new Outstanding(outstanding);
    }

    /** What is here and not there. */
    List<Sighting> without(Outstanding later) {
        Map<String, Sighting> rest = new LinkedHashMap<>();
        sightings.values().forEach(rest::putAll);
        later.sightings.values().forEach(still -> rest.keySet().removeAll(still.keySet()));
        return List.copyOf(rest.values());
    }
}
