// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection;

import java.util.List;
import java.util.Objects;

/**
 * Something that should not be, seen once. {@link Findings} knows whether it was seen before.
 *
 * @param subject what within the VM it is about, such as {@code "module umbra_rootkit"}; the same at each sight of the same
 *     thing, so it holds no counter and no time; empty if the kind says all
 * @param evidence what was seen
 */
public record Sighting(FindingKind kind, String subject, Severity severity, List<Evidence> evidence) {
    public Sighting {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(severity, "severity");
        subject = Evidence.harmless(subject);
        evidence = List.copyOf(evidence);
    }

    public Sighting(FindingKind kind, String subject, Evidence... evidence) {
        this(kind, subject, kind.severity(), List.of(evidence));
    }
}
