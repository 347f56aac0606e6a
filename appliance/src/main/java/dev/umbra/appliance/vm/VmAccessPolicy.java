// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.vm;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.account.Role;
import dev.umbra.appliance.problem.ProblemCode;
import java.util.Optional;

/**
 * The one place that decides who may see or do what with a VM. Pages, API, WebSocket, SSH and metrics all ask here.
 *
 * <p>A tenant has its own VMs and is not told that others exist. An operator runs the untrusted system between the tenant and us:
 * he may know what he sees there anyway, that VMs exist, run or stand still, and whose they are, but nothing that passes through
 * their consoles, and not the names their owners gave them. The host's administrator manages records and devices and hears of
 * findings; he is trusted with the machine, which is no reason to show him a login, or what a tenant runs.
 */
public final class VmAccessPolicy {
    /** What the answer is; every refusal names its problem. */
    public Optional<ProblemCode> refusal(Account account, String owner, VmAction action) {
        return switch (account.role()) {
            case TENANT -> ofTenant(account, owner, action);
            case OPERATOR -> ofOperator(action);
            case ADMINISTRATOR -> ofAdministrator(action);
        };
    }

    public boolean allows(Account account, VmRecord vm, VmAction action) {
        return refusal(account, vm.tenant(), action).isEmpty();
    }

    /** Throws the refusal, if there is one. */
    public void require(Account account, VmRecord vm, VmAction action) {
        refusal(account, vm.tenant(), action).ifPresent(problem -> {
            throw problem.exception();
        });
    }

    /** Whether the account may create VM records for this tenant. */
    public boolean mayCreateFor(Account account, String tenant) {
        return switch (account.role()) {
            case TENANT -> account.name().equals(tenant);
            case OPERATOR -> false;
            case ADMINISTRATOR -> true;
        };
    }

    /**
     * Throws the refusal if the account may not look into cloud VMs. Whoever runs one must not learn what is seen of it, and how;
     * a tenant shares it with others.
     */
    public void requireCloudVms(Account account) {
        if (account.role() != Role.ADMINISTRATOR) {
            throw ProblemCode.FORBIDDEN.exception();
        }
    }

    private static Optional<ProblemCode> ofTenant(Account account, String owner, VmAction action) {
        if (!account.name().equals(owner)) {
            return Optional.of(ProblemCode.VM_NOT_FOUND);
        }
        return action == VmAction.CLAIM_DEVICES ? Optional.of(ProblemCode.FORBIDDEN) : Optional.empty();
    }

    private static Optional<ProblemCode> ofOperator(VmAction action) {
        return switch (action) {
            case SEE -> Optional.empty();
            case CONSOLE, LOG -> Optional.of(ProblemCode.CONSOLE_NOT_FOR_YOUR_ROLE);
            case INSPECT, INTROSPECT, PAUSE, MANAGE, CLAIM_DEVICES, AUDIT -> Optional.of(ProblemCode.FORBIDDEN);
        };
    }

    private static Optional<ProblemCode> ofAdministrator(VmAction action) {
        return switch (action) {
            case CONSOLE, LOG -> Optional.of(ProblemCode.CONSOLE_NOT_FOR_YOUR_ROLE);
            case INTROSPECT -> Optional.of(ProblemCode.FORBIDDEN);
            case SEE, INSPECT, PAUSE, MANAGE, CLAIM_DEVICES, AUDIT -> Optional.empty();
        };
    }
}
