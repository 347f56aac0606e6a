// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection;

import dev.umbra.cloudhypervisor.TenantVmKey;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * Something that should not be, once, however often it was seen.
 *
 * @param severity how bad it is if it is no mistake
 * @param evidence what was seen last
 * @param firstSeen time of the first sight
 * @param lastSeen time of the last sight
 * @param closed when it was first not seen any more; empty: it is still there, or it is an event that nothing can undo
 * @param count sights
 */
public record Finding(
        FindingIdentity identity,
        Severity severity,
        List<Evidence> evidence,
        Instant firstSeen,
        Instant lastSeen,
        Optional<Instant> closed,
        long count) {
    public Finding {
        Objects.requireNonNull(identity, "identity");
        Objects.requireNonNull(severity, "severity");
        Objects.requireNonNull(closed, "closed");
        evidence = List.copyOf(evidence);
    }

    public FindingKind kind() {
        return identity.kind();
    }

    /** What within the VM it is about; empty if the kind says all. */
    public String subject() {
        return identity.subject();
    }

    /** Host instance that saw it. */
    public UUID hostInstance() {
        return identity.scope().hostInstance();
    }

    /** Tenant VM concerned, if any. */
    public Optional<TenantVmKey> vm() {
        return identity.scope().vm();
    }

    /** Second VM involved, if any. */
    public Optional<TenantVmKey> otherVm() {
        return identity.scope().otherVm();
    }

    /** Whether it is not known to be over. */
    public boolean isOpen() {
        return closed.isEmpty();
    }

    /** Whether the VM is one of those concerned. */
    public boolean concerns(TenantVmKey key) {
        return identity.scope().concerns(key);
    }

    static Finding first(FindingIdentity identity, Sighting sighting, Instant now) {
        return new Finding(identity, sighting.severity(), sighting.evidence(), now, now, Optional.empty(), 1);
    }

    Finding again(Sighting sighting, Instant now) {
        return new Finding(
                identity, sighting.severity(), sighting.evidence(), firstSeen, now, Optional.empty(), count + 1);
    }

    Finding gone(Instant now) {
        return new Finding(identity, severity, evidence, firstSeen, lastSeen, Optional.of(now), count);
    }
}
