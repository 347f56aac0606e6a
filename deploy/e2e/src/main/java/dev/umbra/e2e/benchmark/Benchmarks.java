// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.benchmark;

import dev.umbra.e2e.terminal.SocketTerminal;
import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.terminal.Terminal;
import dev.umbra.e2e.terminal.WebSocketTerminal;
import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.Testbed;
import java.util.List;
import java.util.Map;

/**
 * Runs the named benches, or all, against the running testbed; prints one JSON object a line. All are measured in the tenant with
 * one vCPU: over COM1, which Umbra serves, and over COM2, which the QEMU of the virtualized system serves. Keyboard and display
 * are served by one and the other in turns.
 */
public final class Benchmarks {
    private interface Bench {
        List<Measurement> measure(TenantShell umbra, TenantShell baseline);
    }

    private static final String VM = "tenant-a";
    private static final String ROOT = "root";
    private static final Map<String, Bench> BENCHES = Map.of(
            "serial-output", SerialOutput::measure,
            "serial-echo", SerialEcho::measure,
            "rfb-latency", RfbLatency::measure,
            "ultracall-roundtrip", UltracallRoundtrip::measure,
            "vmi-pause", VmiPause::measure,
            "vmi-overhead", VmiOverhead::measure);

    private Benchmarks() {}

    public static void main(String[] names) {
        Testbed testbed = Testbed.configured();
        ApplianceApi api = new ApplianceApi(testbed);
        List<String> wanted =
                names.length == 0 ? BENCHES.keySet().stream().sorted().toList() : List.of(names);
        wanted.stream().filter(name -> !BENCHES.containsKey(name)).findFirst().ifPresent(unknown -> {
            throw new IllegalArgumentException("no bench " + unknown + "; there are " + BENCHES.keySet());
        });
        try (TenantShell umbra = login(WebSocketTerminal.open(api, VM), testbed);
                TenantShell baseline = login(new SocketTerminal(testbed.secondSerialPort(VM)), testbed)) {
            for (String name : wanted) {
                BENCHES.get(name).measure(umbra, baseline).forEach(figure -> System.out.println(figure.toJson()));
            }
            umbra.logout(VM);
            baseline.logout(VM);
        }
    }

    private static TenantShell login(Terminal terminal, Testbed testbed) {
        return TenantShell.login(terminal, VM, ROOT, testbed.userPassword(VM));
    }
}
