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
     * What is outstanding after one more scan.
     *
     * @param seen by all detectors
     * @param silent those that say nothing of what they do not see
     */
    Outstanding after(Map<Detector, Map<String, Sighting>> seen, Set<Detector> silent) {
        Map<String, Map<String, Sighting>> outstanding = new LinkedHashMap<>();
        seen.forEach((detector, now) -> {
            Map<String, Sighting> all = new LinkedHashMap<>(now);
            if (silent.contains(detector)) {
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

    /**
     * What is over: nothing of a silent detector, so that what only made way for newer sightings is not.
     *
     * @param after what {@link #after} made of this
     */
    List<Sighting> over(Outstanding after, Set<Detector> silent) {
        Map<String, Map<String, Sighting>> told = new LinkedHashMap<>(sightings);
        silent.forEach(detector -> told.remove(detector.name()));
        Map<String, Sighting> rest = new LinkedHashMap<>();
        told.values().forEach(rest::putAll);
        after.sightings.values().forEach(still -> rest.keySet().removeAll(still.keySet()));
        return List.copyOf(rest.values());
    }
}
