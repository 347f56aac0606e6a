// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.benchmark;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.terminal.Transcript;
import java.time.Duration;
import java.util.List;

/** Bytes a second from a program in the tenant to the client, from the first byte the client gets to the last. */
final class SerialOutput {
    private static final int BYTES = 96 << 10;
    private static final int BASELINE_BYTES = 8 << 10;
    private static final int FIRST = 256;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private SerialOutput() {}

    static List<Measurement> measure(TenantShell umbra, TenantShell baseline) {
        umbra.run("head -c " + BYTES / 4 * 3 + " /dev/urandom | base64 | tr -d '\\n' >/tmp/text", LIMIT)
                .succeeded();
        double slow = bytesPerSecond(baseline, BASELINE_BYTES);
        double fast = bytesPerSecond(umbra, BYTES);
        return List.of(new Measurement("serial-output", fast, "bytes/s", slow));
    }

    private static double bytesPerSecond(TenantShell shell, int bytes) {
        Transcript transcript = shell.transcript();
        int from = shell.start("echo b''egin; head -c " + bytes + " /tmp/text; echo; echo e''nd");
        int begin = transcript.await("begin\r\n", from, LIMIT).end();
        transcript.awaitLength(begin + FIRST, LIMIT);
        int counted = transcript.length();
        long start = System.nanoTime();
        transcript.awaitLength(begin + bytes, LIMIT);
        double seconds = (System.nanoTime() - start) / 1e9;
        shell.awaitPrompt(transcript.await("end\r\n", begin + bytes, LIMIT).end(), LIMIT);
        return (begin + bytes - counted) / seconds;
    }
}
