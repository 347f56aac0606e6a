// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TenantShellTest {
    @Test
    void test_login_rightPassword_runsCommands() {
        FakeTenant tenant = new FakeTenant(false);
        TenantShell shell = TenantShell.login(tenant, "tenant", "user", "right");
        tenant.answer = "one\r\ntwo\r\n";
        tenant.status = 7;
        TenantShell.Result result = shell.run("something");
        assertThat(result).isEqualTo(new TenantShell.Result(7, "one\ntwo\n"));
        assertThatThrownBy(result::succeeded).hasMessageContaining("status 7");
    }

    @Test
    void test_login_wrongPassword_isReported() {
        assertThatThrownBy(() -> TenantShell.login(new FakeTenant(false), "tenant", "user", "wrong"))
                .hasMessageContaining("refused");
    }

    @Test
    void test_login_somebodyLoggedIn_isLoggedOutFirst() {
        TenantShell shell = TenantShell.login(new FakeTenant(true), "tenant", "user", "right");
        assertThat(shell.run("something").status()).isZero();
        shell.logout("tenant");
    }
}
