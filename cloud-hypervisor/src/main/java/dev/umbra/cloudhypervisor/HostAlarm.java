// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.util.Objects;
import java.util.UUID;

/**
 * Something that must not happen did.
 *
 * @param tenantVm the VM concerned, 0: none
 * @param otherTenantVm a second VM involved, 0: none
 * @param evidence0 depends on the kind
 * @param evidence1 depends on the kind
 */
public record HostAlarm(
        Kind kind, UUID hostInstance, long tenantVm, long otherTenantVm, long evidence0, long evidence1) {
    public HostAlarm {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(hostInstance, "hostInstance");
    }

    /** Who raised it and why. */
    public enum Kind {
        /** L0: a nested root in use by one VM was entered by a vCPU of another. Evidence: root, control block. */
        ROOT_SHARED,
        /** L0: a control block changed hands without a processor reset. Evidence: control block, root. */
        VCPU_MOVED,
        /** L0: a vCPU or VM beyond what the module tracks; it is held. */
        LIMIT,
        /** L0: alarms were dropped because nobody read them. Evidence: how many. */
        OVERFLOW,
        /** L0: a tenant's instruction on claimed memory was refused. Evidence: tenant physical address, instruction's bytes. */
        UNDECODABLE,
        /** Journal and host disagree about what was applied; devices start anew. Evidence: journal's and host's sequence. */
        JOURNAL_INCONSISTENT,
        /** The journal or the state in it was refused or cannot be kept. Evidence: host's sequence. */
        JOURNAL_UNUSABLE,
        /** The device model failed; the VM's accesses wait until the next attach. Evidence: sequence. */
        DEVICE_FAILED
    }
}
