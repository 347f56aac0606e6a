// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.account.Role;
import dev.umbra.appliance.problem.ProblemCode;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class VmAccessPolicyTest {
    private final VmAccessPolicy policy = new VmAccessPolicy();

    /** The whole matrix; a hyphen means allowed. */
    @ParameterizedTest
    @CsvSource({
        "TENANT, SEE, -",
        "TENANT, INSPECT, -",
        "TENANT, CONSOLE, -",
        "TENANT, LOG, -",
        "TENANT, INTROSPECT, -",
        "TENANT, PAUSE, -",
        "TENANT, MANAGE, -",
        "TENANT, CLAIM_DEVICES, FORBIDDEN",
        "TENANT, AUDIT, -",
        "OPERATOR, SEE, -",
        "OPERATOR, INSPECT, FORBIDDEN",
        "OPERATOR, CONSOLE, CONSOLE_NOT_FOR_YOUR_ROLE",
        "OPERATOR, LOG, CONSOLE_NOT_FOR_YOUR_ROLE",
        "OPERATOR, INTROSPECT, FORBIDDEN",
        "OPERATOR, PAUSE, FORBIDDEN",
        "OPERATOR, MANAGE, FORBIDDEN",
        "OPERATOR, CLAIM_DEVICES, FORBIDDEN",
        "OPERATOR, AUDIT, FORBIDDEN",
        "ADMINISTRATOR, SEE, -",
        "ADMINISTRATOR, INSPECT, -",
        "ADMINISTRATOR, CONSOLE, CONSOLE_NOT_FOR_YOUR_ROLE",
        "ADMINISTRATOR, LOG, CONSOLE_NOT_FOR_YOUR_ROLE",
        "ADMINISTRATOR, INTROSPECT, FORBIDDEN",
        "ADMINISTRATOR, PAUSE, -",
        "ADMINISTRATOR, MANAGE, -",
        "ADMINISTRATOR, CLAIM_DEVICES, -",
        "ADMINISTRATOR, AUDIT, -"
    })
    void every_role_and_action(Role role, VmAction action, String expected) {
        Optional<ProblemCode> refusal = policy.refusal(new Account("alice", role), "alice", action);

        assertThat(refusal.map(Enum::name).orElse("-")).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(VmAction.class)
    void another_tenants_vm_does_not_exist(VmAction action) {
        assertThat(policy.refusal(new Account("bob", Role.TENANT), "alice", action))
                .contains(ProblemCode.VM_NOT_FOUND);
    }

    @Test
    void records_are_created_by_their_tenant_or_the_administrator() {
        assertThat(policy.mayCreateFor(new Account("alice", Role.TENANT), "alice"))
                .isTrue();
        assertThat(policy.mayCreateFor(new Account("alice", Role.TENANT), "bob"))
                .isFalse();
        assertThat(policy.mayCreateFor(new Account("operator", Role.OPERATOR), "alice"))
                .isFalse();
        assertThat(policy.mayCreateFor(new Account("root", Role.ADMINISTRATOR), "alice"))
                .isTrue();
    }
}
