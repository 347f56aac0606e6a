// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import io.swagger.v3.oas.annotations.media.Schema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Something a scan could not see. A list without gaps is complete; one with gaps says what may be missing, and why.
 *
 * @param reason such as {@code cycle} or {@code unreadable}
 * @param what the kernel's structure or list
 * @param address where it happened first, if there is such a place
 * @param count how often
 */
@Schema(name = "Gap")
public record Gap(
        @Schema(example = "cycle") String reason,
        @Schema(example = "task_struct.tasks") String what,
        @Schema(example = "0xffff888003d9a890") String address,
        long count) {
    private record Kind(String reason, String what) {}

    /** The same gap in several places is one, with the first place. */
    static List<Gap> merged(Stream<Gap> gaps) {
        Map<Kind, Gap> kinds = new LinkedHashMap<>();
        gaps.forEach(gap -> kinds.merge(
                new Kind(gap.reason, gap.what),
                gap,
                (first, more) -> new Gap(first.reason, first.what, first.address, first.count + more.count)));
        return List.copyOf(kinds.values());
    }
}
