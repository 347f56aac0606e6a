// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.ssh;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The stock {@code ssh} program, told its password by an askpass helper. */
final class OpenSshClient implements AutoCloseable {
    private final Process process;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private final List<Thread> collectors;

    OpenSshClient(Path folder, int port, String user, String password, String... options) throws IOException {
        Path askpass = folder.resolve("askpass-" + System.nanoTime());
        Files.writeString(askpass, "#!/bin/sh\nprintf '%s\\n' \"$UMBRA_TEST_PASSWORD\"\n");
        Files.setPosixFilePermissions(askpass, PosixFilePermissions.fromString("rwx------"));
        List<String> command = new ArrayList<>(List.of(
                "ssh",
                "-F",
                "none",
                "-p",
                Integer.toString(port),
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=" + folder.resolve("known_hosts"),
                "-o",
                "NumberOfPasswordPrompts=1",
                "-o",
                "IdentitiesOnly=yes",
                "-o",
                "LogLevel=ERROR"));
        command.addAll(List.of(options));
        command.add(user + "@127.0.0.1");
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("SSH_ASKPASS", askpass.toString());
        builder.environment().put("SSH_ASKPASS_REQUIRE", "force");
        builder.environment().put("UMBRA_TEST_PASSWORD", password);
        builder.environment().remove("SSH_AUTH_SOCK");
        process = builder.start();
        collectors = List.of(collect(process.getInputStream(), output), collect(process.getErrorStream(), errors));
    }

    static boolean isInstalled() {
        return Files.isExecutable(Path.of("/usr/bin/ssh"));
    }

    OutputStream input() {
        return process.getOutputStream();
    }

    byte[] output() {
        synchronized (output) {
            return output.toByteArray();
        }
    }

    String errors() {
        synchronized (errors) {
            return errors.toString(StandardCharsets.UTF_8);
        }
    }

    /** Waits for the program's end and for all it said. */
    int waitFor() throws InterruptedException {
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            throw new AssertionError("ssh does not end: " + errors());
        }
        for (Thread collector : collectors) {
            if (!collector.join(Duration.ofSeconds(20))) {
                throw new AssertionError("the output of ssh does not end: " + errors());
            }
        }
        return process.exitValue();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private static Thread collect(InputStream from, ByteArrayOutputStream to) {
        return Thread.ofVirtual().start(() -> {
            byte[] buffer = new byte[8192];
            try {
                int count;
                while ((count = from.read(buffer)) >= 0) {
                    synchronized (to) {
                        to.write(buffer, 0, count);
                    }
                }
            } catch (IOException ended) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
