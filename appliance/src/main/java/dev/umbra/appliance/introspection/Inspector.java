// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Looks into one VM. Used by one thread at a time. What the VM does never makes it throw: it answers with what it saw and with
 * gaps, or with a refusal.
 */
public interface Inspector {
    /** What became of a look. */
    sealed interface Inspection {
        /**
         * The VM was seen.
         *
         * @param pause how long it was held
         * @param detection what came of the detection, if it was asked for
         */
        record Seen(
                KernelIdentity kernel,
                Map<Section, SectionFacts> sections,
                Duration pause,
                Optional<Detection> detection)
                implements Inspection {}

        /** Its kernel is not known well enough. */
        record Refused(String reason) implements Inspection {}

        /** Its memory cannot be reached now. */
        record Unreachable(String reason) implements Inspection {}
    }

    /**
     * What should not be there.
     *
     * @param examined kinds that were looked for everywhere: what is known of them and was not seen is over
     * @param over what was seen before and is over besides
     * @param gaps what could not be checked
     */
    record Detection(List<Sighting> sightings, Set<FindingKind> examined, List<Sighting> over, List<Gap> gaps) {
        public Detection {
            sightings = List.copyOf(sightings);
            examined = Set.copyOf(examined);
            over = List.copyOf(over);
            gaps = List.copyOf(gaps);
        }
    }

    /** Told how far a look is. Both methods may take their time, so that a look stays within its share of the processor. */
    interface Watcher {
        /** A step begins. */
        void step(String name);

        /**
         * Facts were seen.
         *
         * @throws java.util.concurrent.CancellationException if nobody wants the rest
         */
        void saw(long facts);
    }

    /** Looks at the VM as it is now. */
    Inspection inspect(ScanRequest request, Watcher watcher);
}
