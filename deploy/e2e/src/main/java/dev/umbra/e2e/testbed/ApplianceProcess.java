// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The appliance's process: killed without warning, and started again exactly as the launcher had started it. */
public final class ApplianceProcess {
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final Duration DEATH = Duration.ofSeconds(10);

    private final Testbed testbed;
    private final Path processFile;
    private final List<String> command;

    public ApplianceProcess(Testbed testbed) {
        this.testbed = testbed;
        this.processFile = testbed.run().resolve("appliance.pid");
        try {
            String words = Files.readString(Path.of("/proc", Long.toString(id()), "cmdline"));
            this.command = List.of(words.split("\0"));
        } catch (IOException failure) {
            throw new UncheckedIOException("the appliance does not run", failure);
        }
    }

    private long id() {
        try {
            return Long.parseLong(Files.readString(processFile).strip());
        } catch (IOException failure) {
            throw new UncheckedIOException("the appliance does not run", failure);
        }
    }

    private ProcessHandle handle() {
        return ProcessHandle.of(id()).orElseThrow(() -> new IllegalStateException("the appliance does not run"));
    }

    public boolean isAlive() {
        return ProcessHandle.of(id()).map(ProcessHandle::isAlive).orElse(false);
    }

    /** SIGKILL: no instruction of it runs after this returns. */
    public void kill() {
        ProcessHandle process = handle();
        process.destroyForcibly();
        try {
            process.onExit().get(DEATH.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception alive) {
            throw new IllegalStateException("the appliance does not die", alive);
        }
    }

    public void start() {
        start(command, testbed.log().resolve("appliance.log"), processFile);
    }

    /** Starts another appliance with the same program and options, but its own configuration. */
    public ProcessHandle startAnother(Path configuration, Path log) {
        List<String> other = new ArrayList<>(command);
        other.replaceAll(word -> word.startsWith("--spring.config.additional-location=")
                ? "--spring.config.additional-location=file:" + configuration
                : word);
        return start(other, log, null);
    }

    /** In a session of its own, so that it outlives the tests. */
    private static ProcessHandle start(List<String> command, Path log, Path processFile) {
        List<String> words = new ArrayList<>(List.of("setsid"));
        words.addAll(command);
        try {
            Process process = new ProcessBuilder(words)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            if (processFile != null) {
                Files.writeString(processFile, process.pid() + "\n", StandardCharsets.US_ASCII);
            }
            return process.toHandle();
        } catch (IOException failure) {
            throw new UncheckedIOException("the appliance does not start", failure);
        }
    }

    /** Memory the process occupies now, in bytes. */
    public long residentBytes() {
        try {
            Matcher line = RESIDENT.matcher(Files.readString(Path.of("/proc", Long.toString(id()), "status")));
            if (!line.find()) {
                throw new IllegalStateException("the appliance does not run");
            }
            return Long.parseLong(line.group(1)) * 1024;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
