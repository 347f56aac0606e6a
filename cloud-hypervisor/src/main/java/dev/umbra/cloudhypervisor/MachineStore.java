// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.cloudhypervisor.journal.JournalDirectory;
import dev.umbra.cloudhypervisor.journal.JournalException;
import dev.umbra.cloudhypervisor.journal.TenantJournal;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the machine of a VM from what its journal holds, or anew where the journal and the host do not fit together:
 * a journal behind what the host forgot has lost accesses, one ahead of what the host gave out is of another history.
 * Both raise an alarm.
 */
final class MachineStore {
    private static final Logger LOG = LoggerFactory.getLogger(MachineStore.class);

    private final HostContext host;
    private final JournalDirectory directory;
    private final Alarms alarms;

    MachineStore(HostContext host, JournalDirectory directory, Alarms alarms) {
        this.host = host;
        this.directory = directory;
        this.alarms = alarms;
    }

    /** Where alarms of this side go. */
    @FunctionalInterface
    interface Alarms {
        void raise(HostAlarm alarm);
    }

    /** Whether what was applied can be continued with what the host still has. */
    static boolean consistent(long applied, TenantVm vm) {
        return Long.compareUnsigned(applied, vm.acknowledged()) >= 0 && Long.compareUnsigned(applied, vm.newest()) <= 0;
    }

    void reportInconsistent(TenantVm vm, long applied) {
        host.counters().increment(HostCounter.JOURNALS_INCONSISTENT);
        raise(HostAlarm.Kind.JOURNAL_INCONSISTENT, vm, applied, vm.acknowledged());
    }

    /** Empty if nothing can be kept of the VM now; its accesses wait. */
    Optional<TenantMachine> open(TenantVm vm) {
        Optional<TenantMachine> continued = continued(vm);
        return continued.isPresent() ? continued : anew(vm);
    }

    void remove(TenantVmKey key) {
        try {
            directory.remove(key);
            host.counters().increment(HostCounter.JOURNALS_REMOVED);
        } catch (JournalException e) {
            LOG.error("{}", e.getMessage(), e);
        }
    }

    /** Removes the journals of VMs that are not known. */
    void removeOthers(Registry registry) {
        try {
            int removed = directory.retain(key -> registry.tenantVm(key).isPresent());
            host.counters().add(HostCounter.JOURNALS_REMOVED, removed);
        } catch (JournalException e) {
            LOG.error("{}", e.getMessage(), e);
        }
    }

    private Optional<TenantMachine> continued(TenantVm vm) {
        Optional<TenantJournal> found;
        try {
            found = directory.open(vm.key());
        } catch (JournalException e) {
            unusable(vm, e);
            return Optional.empty();
        }
        if (found.isEmpty()) {
            if (vm.acknowledged() != 0) {
                reportInconsistent(vm, 0);
            }
            return Optional.empty();
        }
        TenantJournal journal = found.get();
        if (!consistent(journal.applied(), vm)) {
            reportInconsistent(vm, journal.applied());
            journal.close();
            return Optional.empty();
        }
        return machine(vm, journal);
    }

    private Optional<TenantMachine> anew(TenantVm vm) {
        try {
            return machine(vm, directory.create(vm.key(), vm.acknowledged(), vm.resets()));
        } catch (JournalException e) {
            unusable(vm, e);
            return Optional.empty();
        }
    }

    private Optional<TenantMachine> machine(TenantVm vm, TenantJournal journal) {
        try {
            return Optional.of(new TenantMachine(host, vm, journal));
        } catch (RuntimeException e) {
            journal.close();
            unusable(vm, e);
            return Optional.empty();
        }
    }

    private void unusable(TenantVm vm, Exception e) {
        LOG.error("journal or devices of {} cannot be used", vm.key(), e);
        host.counters().increment(HostCounter.JOURNALS_UNUSABLE);
        raise(HostAlarm.Kind.JOURNAL_UNUSABLE, vm, vm.acknowledged(), 0);
    }

    private void raise(HostAlarm.Kind kind, TenantVm vm, long evidence0, long evidence1) {
        alarms.raise(new HostAlarm(kind, vm.key().hostInstance(), vm.key().tenantVm(), 0, evidence0, evidence1));
    }
}
