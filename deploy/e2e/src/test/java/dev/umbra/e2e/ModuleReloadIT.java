// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.MachineShell;
import java.time.Duration;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * The module is taken out of L0 and put back while tenants run. Identities are of one load: what the new load finds are new,
 * unclaimed VMs, whose consoles nobody may open until they have enrolled again. Meanwhile the tenants go on; their serial port is
 * L1's then, which is why nobody should do this to a machine in use.
 */
@Order(20)
class ModuleReloadIT {
    private static final Duration RELOAD = Duration.ofMinutes(2);

    @Test
    void test_module_reloadedUnderRunningTenants_findsThemUnclaimedAndServesThemAfterEnrolment() {
        String before = API.host().path("instance").asString();
        try (MachineShell host = MachineShell.ofHost(TESTBED)) {
            host.run(
                            "kill $(pidof umbra-relay); i=0; until rmmod umbra || [ $i -ge 100 ]; do i=$((i + 1)); "
                                    + "kill $(pidof umbra-relay); sleep 0.1; done; ! grep -q '^umbra ' /proc/modules",
                            RELOAD)
                    .succeeded();
            try {
                for (String vm : Fixture.vms()) {
                    try (TenantShell root = Fixture.overSecondPort(vm)) {
                        assertThat(root.run("ultracall identity").status())
                                .as("no Umbra below")
                                .isEqualTo(2);
                    }
                }
            } finally {
                host.run("insmod /modules/umbra.ko", RELOAD).succeeded();
            }
        }
        ApplianceApi.await("the new load is attached", RELOAD, () -> {
            String now = API.host().path("instance").asString("");
            return API.host().path("attached").asBoolean(false) && !now.equals(before);
        });
        for (String vm : Fixture.vms()) {
            enrolAgain(vm);
        }
        assertThat(Fixture.complaintsOfHost()).isEmpty();
    }

    private static void enrolAgain(String vm) {
        String owner = TESTBED.owner(vm);
        try (TenantShell root = Fixture.overSecondPort(vm)) {
            assertThat(root.run("ultracall identity").succeeded()).contains("enrolment: unclaimed");
            assertThat(API.post(owner, "/vms/" + vm + "/console-tickets", null).status())
                    .isEqualTo(409);
            String secret = API.post(owner, "/vms/" + vm + "/secret", "{\"release\":true}")
                    .body()
                    .path("secret")
                    .asString();
            assertThat(root.run("(umask 077; echo " + secret + " >/run/secret); ultracall enrol /run/secret; "
                                    + "s=$?; rm /run/secret; [ $s = 0 ]")
                            .status())
                    .isZero();
            Fixture.reinitialiseSerialPort(root);
            root.logout(vm);
        }
        try (TenantShell shell = Fixture.overSsh(vm)) {
            assertThat(shell.run("hostname").succeeded()).isEqualTo(vm);
            shell.logout(vm);
        }
    }
}
