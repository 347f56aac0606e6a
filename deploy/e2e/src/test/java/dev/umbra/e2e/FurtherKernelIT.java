// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.terminal.TenantShell.Result;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/**
 * A tenant that boots a much newer kernel than before is the same VM with the same console, and is seen as it is all the
 * same. The images have that kernel when {@code ./umbra test e2e} has built them.
 */
@Order(16)
@Timeout(900)
class FurtherKernelIT {
    private static final String VM = "tenant-a";
    private static final String RELEASE = "6.12.";

    private final IntrospectedTenant tenant = new IntrospectedTenant(VM);

    @AfterEach
    @Timeout(900)
    void noRootkitStays() {
        tenant.removeRootkit();
    }

    /** Other tests know the tenant by its usual kernel. */
    @AfterAll
    @Timeout(900)
    static void bootUsualKernel() {
        try (TenantShell root = Fixture.overSsh(VM, Fixture.ROOT)) {
            if (runsFurtherKernel(root)) {
                reboot(root);
            }
        }
    }

    private static void bootFurtherKernel() {
        try (TenantShell root = Fixture.overSsh(VM, Fixture.ROOT)) {
            if (!runsFurtherKernel(root)) {
                Result chosen = root.run("boot-further-kernel");
                assumeTrue(chosen.status() == 0, () -> "tenant-a has its usual kernel alone: " + chosen.output());
                reboot(root);
                assertThat(runsFurtherKernel(root)).isTrue();
            }
        }
    }

    /** In one session over the console. */
    private static void reboot(TenantShell root) {
        int resets = Reboot.resets(VM);
        int start = root.start("reboot");
        Reboot.await(root.terminal(), VM, start);
        Reboot.awaitReset(VM, resets);
        TenantShell.login(root.terminal(), VM, Fixture.ROOT, TESTBED.userPassword(VM));
    }

    private static boolean runsFurtherKernel(TenantShell root) {
        return release(root).startsWith(RELEASE);
    }

    private static String release(TenantShell root) {
        return root.run("uname -r").succeeded();
    }

    private static List<String> identity() {
        JsonNode vm = API.get(TESTBED.owner(VM), "/vms/" + VM).body();
        return List.of(
                vm.path("id").asString(),
                vm.path("state").asString(),
                vm.path("boundAt").asString(),
                vm.path("runningAs").asString());
    }

    @Test
    @Order(1)
    void test_reboot_intoFurtherKernel_isTheSameVm() {
        bootUsualKernel();
        List<String> before = identity();

        bootFurtherKernel();

        assertThat(identity()).isEqualTo(before);
        try (TenantShell user = Fixture.overSsh(VM)) {
            assertThat(user.run("hostname").succeeded()).isEqualTo(VM);
            assertThat(user.run("tty").succeeded()).isEqualTo("/dev/ttyS0");
            assertThat(user.run("ultracall identity").succeeded()).contains("enrolment: enrolled");
            user.logout(VM);
        }
    }

    @Test
    @Order(2)
    void test_quietTenant_processesModulesAndSockets_equalTruth() {
        bootFurtherKernel();

        tenant.expectListsThatEqualTruth();

        try (TenantShell root = Fixture.overSsh(VM, Fixture.ROOT)) {
            String seen = API.get(TESTBED.owner(VM), tenant.introspection().path())
                    .body()
                    .path("kernel")
                    .path("release")
                    .asString();
            assertThat(seen).isEqualTo(release(root));
        }
    }

    @Test
    @Order(3)
    void test_cleanTenant_manyScans_findNothing() {
        bootFurtherKernel();

        tenant.expectNothingFound();
    }

    @Test
    @Order(4)
    void test_rootkit_allTricksAtOnce_areAllFoundInOneScan() {
        bootFurtherKernel();

        tenant.expectAllTricksFoundInOneScan();
    }

    /** Whoever asks for another kernel asks for one boot. */
    @Test
    @Order(5)
    void test_rebootAgain_bootsUsualKernel() {
        bootFurtherKernel();

        bootUsualKernel();

        try (TenantShell root = Fixture.overSsh(VM, Fixture.ROOT)) {
            assertThat(runsFurtherKernel(root)).isFalse();
        }
    }
}
