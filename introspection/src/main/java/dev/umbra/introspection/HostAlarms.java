// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection;

import dev.umbra.cloudhypervisor.HostAlarm;
import dev.umbra.cloudhypervisor.TenantVmKey;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/** What the alarms of a host mean as findings. */
final class HostAlarms {
    private HostAlarms() {}

    static FindingScope scope(HostAlarm alarm) {
        return new FindingScope(
                alarm.hostInstance(),
                OptionalInt.empty(),
                key(alarm.hostInstance(), alarm.tenantVm()),
                key(alarm.hostInstance(), alarm.otherTenantVm()));
    }

    static Sighting sighting(HostAlarm alarm) {
        long first = alarm.evidence0();
        long second = alarm.evidence1();
        return switch (alarm.kind()) {
            case ROOT_SHARED ->
                seen(FindingKind.PAGE_TABLE_SHARED, address("nested root", first), address("control block", second));
            case VCPU_MOVED ->
                seen(FindingKind.PROCESSOR_MOVED, address("control block", first), address("nested root", second));
            case LIMIT -> seen(FindingKind.LIMIT_REACHED);
            case OVERFLOW -> seen(FindingKind.ALARMS_LOST, new Evidence.Number("lost count", first));
            case UNDECODABLE ->
                seen(FindingKind.ACCESS_REFUSED, address("address", first), address("instruction", second));
            case JOURNAL_INCONSISTENT ->
                seen(
                        FindingKind.HISTORY_INCONSISTENT,
                        new Evidence.Number("journal sequence", first),
                        new Evidence.Number("host sequence", second));
            case JOURNAL_UNUSABLE -> seen(FindingKind.STATE_UNUSABLE, new Evidence.Number("host sequence", first));
            case DEVICE_FAILED -> seen(FindingKind.DEVICE_FAILED, new Evidence.Number("at sequence", first));
        };
    }

    private static Sighting seen(FindingKind kind, Evidence... evidence) {
        return new Sighting(kind, "", evidence);
    }

    private static Evidence address(String name, long value) {
        return new Evidence.Address(name, value);
    }

    private static Optional<TenantVmKey> key(UUID instance, long tenantVm) {
        return tenantVm == 0 ? Optional.empty() : Optional.of(new TenantVmKey(instance, tenantVm));
    }
}
