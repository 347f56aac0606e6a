// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection;

import dev.umbra.cloudhypervisor.HostAlarm;
import java.util.List;
import java.util.stream.IntStream;

/** What can be found, and what it means for the VM. */
public enum FindingKind {
    /** A nested page table in use by one VM was entered by a processor of another: their memory may be one. */
    PAGE_TABLE_SHARED(Finding.Severity.CRITICAL, "nested root", "control block"),
    /** A processor changed hands without a reset: it carries state of one VM into another. */
    PROCESSOR_MOVED(Finding.Severity.CRITICAL, "control block", "nested root"),
    /** More processors or VMs than the module tracks; what is beyond is held. */
    LIMIT_REACHED(Finding.Severity.WARNING),
    /** Alarms were lost because nobody read them; what they said is unknown. */
    ALARMS_LOST(Finding.Severity.CRITICAL, "lost count"),
    /** The VM used an instruction on a device that cannot be carried out for it, and was refused it. */
    ACCESS_REFUSED(Finding.Severity.WARNING, "address", "instruction"),
    /** Host and journal disagree about what the devices have seen, as after a rollback of either. */
    HISTORY_INCONSISTENT(Finding.Severity.CRITICAL, "journal sequence", "host sequence"),
    /** The kept state of the devices cannot be used. */
    STATE_UNUSABLE(Finding.Severity.WARNING, "host sequence"),
    /** A device model failed; the VM waits. */
    DEVICE_FAILED(Finding.Severity.WARNING, "at sequence");

    private final Finding.Severity severity;
    private final List<String> evidence;

    FindingKind(Finding.Severity severity, String... evidence) {
        this.severity = severity;
        this.evidence = List.of(evidence);
    }

    public Finding.Severity severity() {
        return severity;
    }

    /** Whether the question is which VM is which, rather than how well it is served. */
    public boolean aboutIdentity() {
        return this == PAGE_TABLE_SHARED || this == PROCESSOR_MOVED;
    }

    List<Finding.Evidence> evidence(HostAlarm alarm) {
        long[] values = {alarm.evidence0(), alarm.evidence1()};
        return IntStream.range(0, evidence.size())
                .mapToObj(index -> new Finding.Evidence(evidence.get(index), values[index]))
                .toList();
    }

    static FindingKind of(HostAlarm.Kind alarm) {
        return switch (alarm) {
            case ROOT_SHARED -> PAGE_TABLE_SHARED;
            case VCPU_MOVED -> PROCESSOR_MOVED;
            case LIMIT -> LIMIT_REACHED;
            case OVERFLOW -> ALARMS_LOST;
            case UNDECODABLE -> ACCESS_REFUSED;
            case JOURNAL_INCONSISTENT -> HISTORY_INCONSISTENT;
            case JOURNAL_UNUSABLE -> STATE_UNUSABLE;
            case DEVICE_FAILED -> DEVICE_FAILED;
        };
    }
}
