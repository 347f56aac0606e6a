// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection;

import dev.umbra.cloudhypervisor.HostAlarm;
import dev.umbra.cloudhypervisor.TenantVmKey;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * Something that should not be, once, however often it was seen.
 *
 * @param hostInstance host instance that saw it
 * @param vm tenant VM concerned, if any
 * @param otherVm second VM involved, if any
 * @param severity how bad it is if it is no mistake
 * @param evidence what was seen last
 * @param firstSeen time of the first sight
 * @param lastSeen time of the last sight
 * @param count sights
 */
public record Finding(
        FindingKind kind,
        UUID hostInstance,
        Optional<TenantVmKey> vm,
        Optional<TenantVmKey> otherVm,
        Severity severity,
        List<Evidence> evidence,
        Instant firstSeen,
        Instant lastSeen,
        long count) {
    public Finding {
        Objects.requireNonNull(kind, "kind");
        evidence = List.copyOf(evidence);
    }

    /** How bad a finding is. */
    public enum Severity {
        /** Worth knowing; explained by load or limits. */
        NOTICE,
        /** The service of a VM suffers. */
        WARNING,
        /** The identity of a VM is in doubt. */
        CRITICAL
    }

    /** A named value, such as the address of a page table. */
    public record Evidence(String name, long value) {
        /** Addresses are shown in hexadecimal, counts in decimal. */
        @Override
        public String toString() {
            return name.endsWith("count") || name.endsWith("sequence")
                    ? name + "=" + Long.toUnsignedString(value)
                    : name + "=0x" + Long.toHexString(value);
        }
    }

    /** Whether the VM is one of those concerned. */
    public boolean concerns(TenantVmKey key) {
        return vm.filter(key::equals).isPresent() || otherVm.filter(key::equals).isPresent();
    }

    static Finding first(HostAlarm alarm, Instant now) {
        FindingKind kind = FindingKind.of(alarm.kind());
        return new Finding(
                kind,
                alarm.hostInstance(),
                key(alarm.hostInstance(), alarm.tenantVm()),
                key(alarm.hostInstance(), alarm.otherTenantVm()),
                kind.severity(),
                kind.evidence(alarm),
                now,
                now,
                1);
    }

    Finding again(HostAlarm alarm, Instant now) {
        return new Finding(kind, hostInstance, vm, otherVm, severity, kind.evidence(alarm), firstSeen, now, count + 1);
    }

    private static Optional<TenantVmKey> key(UUID instance, long tenantVm) {
        return tenantVm == 0 ? Optional.empty() : Optional.of(new TenantVmKey(instance, tenantVm));
    }
}
