// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.introspection.Fact;
import dev.umbra.appliance.introspection.FactFilter;
import dev.umbra.appliance.introspection.Gap;
import dev.umbra.appliance.introspection.Moment;
import dev.umbra.appliance.introspection.SectionFacts;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;

/**
 * A part of what was seen of one section at one moment.
 *
 * @param total facts that fit the filter
 * @param gaps what is missing in the section, whatever the filter
 */
record FactPage<F extends Fact>(
        @Schema(description = "The moment it was seen") long moment,
        Instant at,
        @Schema(description = "live or paused") String mode,
        @Schema(description = "Facts that fit") int total,
        int offset,
        List<F> facts,

        @Schema(description = "What could not be read in this section")
        List<Gap> gaps,

        @Schema(description = "Give it as offset to read on; absent at the end")
        Integer next) {
    static final int LARGEST = 1000;

    static <F extends Fact> FactPage<F> of(
            Moment moment, SectionFacts seen, Class<F> type, FactFilter filter, int offset, int limit) {
        List<F> fitting =
                seen.facts().stream().filter(filter::accepts).map(type::cast).toList();
        int first = Math.clamp(offset, 0, fitting.size());
        int end = Math.min(fitting.size(), first + Math.clamp(limit, 1, LARGEST));
        return new FactPage<>(
                moment.id(),
                moment.at(),
                Codes.text(moment.mode()),
                fitting.size(),
                first,
                fitting.subList(first, end),
                seen.gaps(),
                end < fitting.size() ? end : null);
    }
}
