// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.yara;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program with bounded address space, processor time, time and output, and without privileges to gain. It cannot
 * take its caller with it: whatever happens to it is a result.
 *
 * <p>{@code prlimit} and {@code setpriv} of util-linux set the limits before the program starts, so there is no moment
 * without them.
 */
final class LimitedProcess {
    private static final int MAXIMUM_OUTPUT = 1 << 20;

    /**
     * @param status exit status; 128 and more means a signal
     * @param lines of its output, without those behind the bound
     * @param timedOut if it was ended because it took too long
     * @param truncated if it wrote more than is kept
     */
    record Result(int status, List<String> lines, boolean timedOut, boolean truncated) {}

    private LimitedProcess() {}

    /** @throws IOException if it cannot be started, as when a program is not installed */
    static Result run(List<String> command, Path folder, YaraLimits limits) throws IOException {
        List<String> limited = new ArrayList<>(List.of("setpriv", "--no-new-privs", "prlimit"));
        limited.add("--as=" + limits.addressSpace());
        limited.add("--cpu=" + limits.processorTime().toSeconds());
        limited.add("--core=0");
        limited.add("--nofile=32");
        limited.add("--");
        limited.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(limited).directory(folder.toFile());
        builder.environment().keySet().retainAll(List.of("PATH"));
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        Thread watch = Thread.ofVirtual().start(() -> endAfter(process, limits.time()));
        try (InputStream output = process.getInputStream()) {
            byte[] bytes = output.readNBytes(MAXIMUM_OUTPUT);
            boolean truncated = bytes.length == MAXIMUM_OUTPUT && output.read() >= 0;
            if (truncated) {
                process.destroyForcibly();
            }
            int status = process.waitFor();
            boolean timedOut = !truncated && status == 137 && watch.getState() == Thread.State.TERMINATED;
            List<String> lines =
                    new String(bytes, StandardCharsets.UTF_8).lines().toList();
            return new Result(status, lines, timedOut, truncated);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            process.destroyForcibly();
            watch.interrupt();
        }
    }

    private static void endAfter(Process process, Duration time) {
        try {
            if (!process.waitFor(time.toNanos(), TimeUnit.NANOSECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
