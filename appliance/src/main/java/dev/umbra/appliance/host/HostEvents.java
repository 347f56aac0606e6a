// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.host;

import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditQueue;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.event.SecurityEvent;
import dev.umbra.appliance.event.SecurityEvents;
import dev.umbra.appliance.vm.VmNotice;
import dev.umbra.appliance.vm.VmNotices;
import dev.umbra.appliance.vm.VmRecord;
import dev.umbra.appliance.vm.VmRecords;
import dev.umbra.cloudhypervisor.HostAlarm;
import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.introspection.Finding;
import dev.umbra.introspection.Findings;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Carries what happens on the hosts' loop threads to the audit trail, the findings, the owners' notices and whoever watches. An alarm that repeats is told only
 * when its count reaches a power of ten, so a hostile system cannot fill the trail with one trick.
 */
public final class HostEvents {
    private final AuditQueue queue;
    private final AuditTrail audit;
    private final Findings findings;
    private final VmRecords records;
    private final VmNotices notices;
    private final SecurityEvents events;

    public HostEvents(
            AuditQueue queue,
            AuditTrail audit,
            Findings findings,
            VmRecords records,
            VmNotices notices,
            SecurityEvents events) {
        this.queue = queue;
        this.audit = audit;
        this.findings = findings;
        this.records = records;
        this.notices = notices;
        this.events = events;
    }

    void attached(String host, UUID instance) {
        queue.offer(() -> audit.record(
                AuditEvent.of(AuditKind.HOST_ATTACHED).subject(host).detail("instance " + instance)));
    }

    void detached(String host, String reason) {
        queue.offer(() -> audit.record(
                AuditEvent.of(AuditKind.HOST_DETACHED).subject(host).detail(reason)));
    }

    void enrolmentThrottled(TenantVmKey vm) {
        queue.offer(() -> {
            AuditEvent event =
                    AuditEvent.of(AuditKind.ENROLMENT_REFUSED).subject(vm).detail("too many attempts");
            Optional<VmRecord> record = records.findByBinding(vm);
            audit.record(
                    record.map(known -> event.on(known.id(), known.tenant())).orElse(event));
        });
    }

    void alarm(String host, HostAlarm alarm) {
        queue.offer(() -> {
            Finding finding = findings.observe(alarm).finding();
            if (!isPowerOfTen(finding.count())) {
                return;
            }
            AuditEvent event = AuditEvent.of(AuditKind.ALARM)
                    .subject(host)
                    .detail(finding.kind() + " " + finding.evidence() + " seen " + finding.count() + " times");
            List<VmRecord> concerned = Stream.of(finding.vm(), finding.otherVm())
                    .flatMap(Optional::stream)
                    .map(records::findByBinding)
                    .flatMap(Optional::stream)
                    .toList();
            concerned.forEach(record -> tell(record, finding, event));
            if (concerned.isEmpty()) {
                audit.record(event);
                publish(finding, Optional.empty());
            }
        });
    }

    private void publish(Finding finding, Optional<SecurityEvent.Vm> vm) {
        SecurityEvent.Action action =
                finding.count() == 1 ? SecurityEvent.Action.OPENED : SecurityEvent.Action.CONTINUING;
        events.publish(SecurityEvent.of(finding, action, vm, finding.lastSeen()));
    }

    private void tell(VmRecord record, Finding finding, AuditEvent event) {
        publish(finding, Optional.of(new SecurityEvent.Vm(record.id(), record.name(), record.tenant())));
        audit.record(event.on(record.id(), record.tenant()));
        notices.raise(
                record.id(),
                finding.kind().aboutIdentity() ? VmNotice.Code.IDENTITY_ALARM : VmNotice.Code.DEVICE_ALARM);
    }

    private static boolean isPowerOfTen(long count) {
        long rest = count;
        while (rest % 10 == 0) {
            rest /= 10;
        }
        return rest == 1;
    }
}
