// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.TESTBED;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.terminal.Terminal;
import java.time.Duration;
import tools.jackson.databind.JsonNode;

/** A tenant that boots anew, seen at its console and by the appliance. */
final class Reboot {
    static final Duration PATIENCE = Duration.ofMinutes(4);

    private Reboot() {}

    static int resets(String vm) {
        return API.get(TESTBED.owner(vm), "/vms/" + vm).body().path("resets").asInt(-1);
    }

    /** In the session that was there before: the kernel's last words, then the next login prompt. */
    static void await(Terminal console, String vm, int from) {
        int end =
                console.transcript().await("Restarting system", from, PATIENCE).end();
        console.transcript().await(vm + " login: ", end, PATIENCE);
    }

    /** The VM as the appliance shows it after it has been reset more often than before. */
    static JsonNode awaitReset(String vm, int before) {
        return API.awaitVm(
                vm, TenantShell.PATIENCE, shown -> shown.path("resets").asInt() > before);
    }
}
