// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.benchmark;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.Testbed;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * How long a tenant that computes is held while its registers are read: the longest pause and the longest time until it was held,
 * as the host measures them, and the medians. The pause includes the way of the command through appliance and relay, twice.
 */
final class VmiPause {
    private static final String VM = "tenant-a";
    private static final int SAMPLES = 200;

    private VmiPause() {}

    static List<Measurement> measure(TenantShell umbra, TenantShell baseline) {
        Testbed testbed = Testbed.configured();
        ApplianceApi api = new ApplianceApi(testbed);
        double[] held = new double[SAMPLES];
        double[] settling = new double[SAMPLES];
        baseline.run("(while :; do :; done) & load=$!").succeeded();
        try {
            for (int i = 0; i < SAMPLES; i++) {
                JsonNode pause = api.post(testbed.owner(VM), "/vms/" + VM + "/vcpus", null)
                        .body()
                        .path("pause");
                if (!pause.path("end").asString("").equals("resumed")) {
                    throw new IllegalStateException("the VM was not held all the time: " + pause);
                }
                held[i] = pause.path("heldMicroseconds").asDouble() / 1e3;
                settling[i] = pause.path("settlingMicroseconds").asDouble() / 1e3;
            }
        } finally {
            baseline.run("kill $load").succeeded();
        }
        Arrays.sort(held);
        Arrays.sort(settling);
        return List.of(
                new Measurement("vmi-pause", held[SAMPLES - 1], "ms", Double.NaN),
                new Measurement("vmi-pause-p50", SerialEcho.quantile(held, 0.5), "ms", Double.NaN),
                new Measurement("vmi-pause-settling", settling[SAMPLES - 1], "ms", Double.NaN),
                new Measurement("vmi-pause-settling-p50", SerialEcho.quantile(settling, 0.5), "ms", Double.NaN));
    }
}
