// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.structures.Gap;
import java.util.List;
import java.util.stream.Stream;

/**
 * What was found, and what was not.
 *
 * @param entries in the kernel's own order
 * @param gaps why something may be missing; none if nothing is
 */
public record View<T>(List<T> entries, List<Gap> gaps) {
    public View {
        entries = List.copyOf(entries);
        gaps = List.copyOf(gaps);
    }

    /** Whether every list was read to its end and every entry as a whole. */
    public boolean complete() {
        return gaps.isEmpty();
    }

    public Stream<T> stream() {
        return entries.stream();
    }
}
