// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import dev.umbra.cloudhypervisor.CloudVmKey;
import dev.umbra.introspection.Finding;
import dev.umbra.introspection.Severity;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * Something a security team should hear of.
 *
 * @param at when it happened
 * @param kind such as {@code process-hidden}
 * @param action what became of it
 * @param vm the record of the VM concerned
 * @param runningAs host instance and number of the VM or cloud VM, if it is about one
 * @param finding what it is about, unless it is about the scanning itself
 * @param subject what within the VM it is about, may be empty
 * @param evidence what was seen, harmless to displays
 */
public record SecurityEvent(
        Instant at,
        String kind,
        Severity severity,
        Action action,
        Optional<Vm> vm,
        Optional<String> runningAs,
        Optional<Finding> finding,
        String subject,
        List<String> evidence) {
    /** What became of it. */
    public enum Action {
        /** Seen for the first time, or again after it was over. */
        OPENED,
        /** Seen again; told at the 10th, 100th, 1000th time. */
        CONTINUING,
        /** Not seen any more. */
        CLOSED
    }

    /** A VM as its owner calls it. */
    public record Vm(UUID id, String name, String tenant) {}

    public SecurityEvent {
        evidence = List.copyOf(evidence);
    }

    /** About a finding. */
    public static SecurityEvent of(Finding finding, Action action, Optional<Vm> vm, Instant at) {
        return new SecurityEvent(
                at,
                finding.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                finding.severity(),
                action,
                vm,
                runningAs(finding),
                Optional.of(finding),
                finding.subject(),
                finding.evidence().stream().map(Object::toString).toList());
    }

    private static Optional<String> runningAs(Finding finding) {
        OptionalInt cloudVm = finding.identity().scope().cloudVm();
        return cloudVm.isPresent()
                ? Optional.of(new CloudVmKey(finding.hostInstance(), cloudVm.getAsInt()).toString())
                : finding.vm().map(Object::toString);
    }
}
