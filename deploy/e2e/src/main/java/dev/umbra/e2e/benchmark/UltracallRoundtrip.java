// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.benchmark;

import dev.umbra.e2e.terminal.TenantShell;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One ultracall from the instruction in the tenant to the service and back, beside one read of a register of COM2, which the QEMU
 * of the virtualized system answers. Both in turns, each the best of its rounds, since what disturbs only ever makes slower.
 */
final class UltracallRoundtrip {
    private static final int ROUNDS = 5;
    private static final int CALLS = 400;
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Pattern TIME = Pattern.compile("ns-per-call: (\\d+)");

    private UltracallRoundtrip() {}

    static List<Measurement> measure(TenantShell umbra, TenantShell baseline) {
        double fast = Double.MAX_VALUE;
        double slow = Double.MAX_VALUE;
        for (int i = 0; i < ROUNDS; i++) {
            fast = Math.min(fast, microseconds(umbra, "ultracall bench-roundtrip " + CALLS));
            slow = Math.min(slow, microseconds(umbra, "ultracall bench-port /dev/ttyS1 " + CALLS));
        }
        return List.of(new Measurement("ultracall-roundtrip", fast, "us", slow));
    }

    private static double microseconds(TenantShell shell, String command) {
        Matcher time = TIME.matcher(shell.run(command, LIMIT).succeeded());
        if (!time.find()) {
            throw new IllegalStateException("no time from " + command);
        }
        return Long.parseLong(time.group(1)) / 1e3;
    }
}
