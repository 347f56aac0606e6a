// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.audit;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.account.Role;
import java.util.Objects;
import java.util.UUID;

/**
 * Something worth remembering. Built step by step; no part of it is ever a secret or a byte of a console.
 *
 * @param actor account that did it, null if the appliance, a VM or a stranger did
 * @param role role of that account
 * @param tenant tenant whose trail it belongs to, null if none
 * @param vm VM record concerned
 * @param subject what else is concerned, such as the host's name of a VM
 * @param address network address of the actor
 * @param detail free text of ours, at most {@value #LONGEST_DETAIL} characters
 */
public record AuditEvent(
        AuditKind kind,
        String actor,
        String role,
        String tenant,
        UUID vm,
        String subject,
        String address,
        String detail) {
    static final int LONGEST_DETAIL = 500;

    public AuditEvent {
        Objects.requireNonNull(kind, "kind");
        if (detail != null && detail.length() > LONGEST_DETAIL) {
            detail = detail.substring(0, LONGEST_DETAIL);
        }
    }

    public static AuditEvent of(AuditKind kind) {
        return new AuditEvent(kind, null, null, null, null, null, null, null);
    }

    /** By an account; a tenant's own deeds belong to its trail. */
    public AuditEvent by(Account account) {
        String owner = tenant == null && account.role() == Role.TENANT ? account.name() : tenant;
        return new AuditEvent(kind, account.name(), account.role().name(), owner, vm, subject, address, detail);
    }

    public AuditEvent on(UUID record, String owner) {
        return new AuditEvent(kind, actor, role, owner, record, subject, address, detail);
    }

    public AuditEvent subject(Object concerned) {
        return new AuditEvent(kind, actor, role, tenant, vm, String.valueOf(concerned), address, detail);
    }

    public AuditEvent from(String networkAddress) {
        return new AuditEvent(kind, actor, role, tenant, vm, subject, networkAddress, detail);
    }

    public AuditEvent detail(String text) {
        return new AuditEvent(kind, actor, role, tenant, vm, subject, address, text);
    }
}
