// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.benchmark;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.Introspection;
import dev.umbra.e2e.testbed.Introspection.Mode;
import dev.umbra.e2e.testbed.Testbed;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * How long a tenant that computes is held while everything in it is read, by scans that hold it, and while its registers are read,
 * as the host measures it: the longest pause and the median, and the time until it was held. A pause includes the way of the command
 * through appliance and relay, twice.
 */
final class VmiPause {
    private static final String VM = "tenant-a";
    private static final int PRACTICE = 20;
    private static final int SCANS = 100;
    private static final int SAMPLES = 200;

    private VmiPause() {}

    static List<Measurement> measure(TenantShell umbra, TenantShell baseline) {
        Testbed testbed = Testbed.configured();
        ApplianceApi api = new ApplianceApi(testbed);
        double[] scanned = new double[SCANS];
        double[] held = new double[SAMPLES];
        double[] settling = new double[SAMPLES];
        baseline.run("(while :; do :; done) & load=$!").succeeded();
        try {
            Introspection introspection = new Introspection(api, testbed, VM);
            for (int i = 0; i < PRACTICE; i++) {
                introspection.scan(Mode.PAUSED);
            }
            for (int i = 0; i < SCANS; i++) {
                scanned[i] = introspection
                                .scan(Mode.PAUSED)
                                .path("pauseMicroseconds")
                                .asDouble()
                        / 1e3;
            }
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
        Arrays.sort(scanned);
        Arrays.sort(held);
        Arrays.sort(settling);
        return List.of(
                new Measurement("vmi-pause", scanned[SCANS - 1], "ms", Double.NaN),
                new Measurement("vmi-pause-p50", SerialEcho.quantile(scanned, 0.5), "ms", Double.NaN),
                new Measurement("vmi-pause-registers", held[SAMPLES - 1], "ms", Double.NaN),
                new Measurement("vmi-pause-registers-p50", SerialEcho.quantile(held, 0.5), "ms", Double.NaN),
                new Measurement("vmi-pause-settling", settling[SAMPLES - 1], "ms", Double.NaN),
                new Measurement("vmi-pause-settling-p50", SerialEcho.quantile(settling, 0.5), "ms", Double.NaN));
    }
}
