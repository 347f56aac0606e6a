// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.event.SecurityEvent;
import dev.umbra.appliance.event.SecurityEvents;
import dev.umbra.appliance.vm.VmNotice;
import dev.umbra.appliance.vm.VmNotices;
import dev.umbra.appliance.vm.VmRecord;
import dev.umbra.appliance.vm.VmRecords;
import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.Finding;
import dev.umbra.introspection.Findings;
import dev.umbra.introspection.Severity;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Carries what scans found to the findings, and what is new among it to the audit trail, the owner's notices and whoever watches. What
 * goes on from scan to scan is told once.
 */
final class FindingsReporter {
    private static final String LOST = "introspection-lost";

    private final Findings findings;
    private final VmRecords records;
    private final VmNotices notices;
    private final AuditTrail audit;
    private final SecurityEvents events;
    private final InstantSource clock;

    FindingsReporter(
            Findings findings,
            VmRecords records,
            VmNotices notices,
            AuditTrail audit,
            SecurityEvents events,
            InstantSource clock) {
        this.findings = findings;
        this.records = records;
        this.notices = notices;
        this.audit = audit;
        this.events = events;
        this.clock = clock;
    }

    /** Takes in what one scan of a VM found. */
    void report(Target target, Inspector.Detection detection) {
        Findings.Changes changes =
                findings.observe(target.scope(), detection.sightings(), detection.examined(), detection.over());
        Optional<VmRecord> record = record(target);
        changes.opened().forEach(finding -> opened(target, record, finding));
        changes.closed().forEach(finding -> publish(record, finding, SecurityEvent.Action.CLOSED));
    }

    /** A VM that was looked into cannot be any more. */
    void lost(Target target, String reason) {
        Evidence why = new Evidence.Text("reason", reason);
        Optional<VmRecord> record = record(target);
        events.publish(lostOrRegained(target, record, SecurityEvent.Action.OPENED, List.of(why.toString())));
        AuditEvent event = AuditEvent.of(AuditKind.ALARM).subject(target).detail("INTROSPECTION_LOST " + why);
        audit.record(record.map(known -> event.on(known.id(), known.tenant())).orElse(event));
        record.ifPresent(known -> notices.raise(known.id(), VmNotice.Code.MEMORY_ALARM));
    }

    /** It can again. */
    void regained(Target target) {
        events.publish(lostOrRegained(target, record(target), SecurityEvent.Action.CLOSED, List.of()));
    }

    private SecurityEvent lostOrRegained(
            Target target, Optional<VmRecord> record, SecurityEvent.Action action, List<String> evidence) {
        return new SecurityEvent(
                clock.instant(),
                LOST,
                Severity.WARNING,
                action,
                record.map(FindingsReporter::named),
                Optional.of(target.toString()),
                Optional.empty(),
                "",
                evidence);
    }

    /** Nobody owns a cloud VM. */
    private Optional<VmRecord> record(Target target) {
        return target.scope().vm().flatMap(records::findByBinding);
    }

    private static SecurityEvent.Vm named(VmRecord record) {
        return new SecurityEvent.Vm(record.id(), record.name(), record.tenant());
    }

    private void opened(Target target, Optional<VmRecord> record, Finding finding) {
        publish(record, finding, SecurityEvent.Action.OPENED);
        AuditEvent event = AuditEvent.of(AuditKind.ALARM)
                .subject(target)
                .detail(finding.kind() + " " + finding.subject() + " " + finding.evidence());
        audit.record(record.map(known -> event.on(known.id(), known.tenant())).orElse(event));
        if (finding.severity() != Severity.NOTICE) {
            record.ifPresent(known -> notices.raise(known.id(), VmNotice.Code.MEMORY_ALARM));
        }
    }

    private void publish(Optional<VmRecord> record, Finding finding, SecurityEvent.Action action) {
        events.publish(SecurityEvent.of(finding, action, record.map(FindingsReporter::named), clock.instant()));
    }
}
