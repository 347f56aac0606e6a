// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.benchmark;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.Pause;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * A tenant that hashes what comes through a pipe, from beginning to end of the measurement. At each Enter its shell says, by the tenant's own
 * clock, how far the hashing is; that starts no process and so takes next to nothing.
 */
final class HashingTenant implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Pattern HASHED = Pattern.compile("hashed (\\d+\\.\\d+ \\d+)\r\n");

    private final TenantShell shell;
    private Progress last;

    /**
     * @param uptime seconds
     * @param bytes hashed since the beginning
     */
    private record Progress(double uptime, long bytes) {}

    HashingTenant(TenantShell shell) {
        this.shell = shell;
        shell.run("dd if=/dev/zero bs=16k 2>/dev/null | sha256sum >/dev/null & program=$!")
                .succeeded();
        shell.start("while read -r line && [ -z \"$line\" ]; do read -r uptime idle </proc/uptime;"
                + " while read -r key value; do [ $key = rchar: ] && echo hashed $uptime $value; done"
                + " </proc/$program/io; done");
        last = progress();
    }

    /**
     * Waits for a period, and does something meanwhile.
     *
     * @return KiB/s from the end of the last period until now
     */
    double speed(Duration period, Runnable meanwhile) {
        long begun = System.nanoTime();
        meanwhile.run();
        Pause.of(period.minusNanos(Math.min(System.nanoTime() - begun, period.toNanos())));
        Progress before = last;
        last = progress();
        return (last.bytes - before.bytes) / 1024.0 / (last.uptime - before.uptime);
    }

    private Progress progress() {
        int from = shell.start("");
        String[] words = shell.transcript().await(HASHED, from, LIMIT).group().split(" ");
        return new Progress(Double.parseDouble(words[0]), Long.parseLong(words[1]));
    }

    @Override
    public void close() {
        int from = shell.start("end");
        shell.awaitPrompt(from, LIMIT);
        shell.run("kill $program; wait $program 2>/dev/null; true").succeeded();
    }
}
