// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.terminal;

import dev.umbra.e2e.testbed.Testbed;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A console through the stock OpenSSH client, which is told the password by a helper program. */
public final class SshTerminal implements Terminal {
    private static final Duration GREETING = Duration.ofSeconds(30);

    private final Process process;
    private final OutputStream input;
    private final Transcript transcript = new Transcript();
    private final Transcript notices = new Transcript();

    private SshTerminal(Process process) {
        this.process = process;
        this.input = process.getOutputStream();
        collect("ssh-output", process.getInputStream(), transcript);
        collect("ssh-notices", process.getErrorStream(), notices);
    }

    /** With the password of the VM's owner; raw, without a terminal of its own. */
    public static SshTerminal byPassword(Testbed testbed, String vm) {
        return byPassword(testbed, vm, testbed.password(testbed.owner(vm)));
    }

    public static SshTerminal byPassword(Testbed testbed, String vm, String password) {
        try {
            return open(testbed, vm, password, List.of("-T", "-o", "PubkeyAuthentication=no"), false);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** With the key of the testbed, in a terminal as a person has it. */
    public static SshTerminal byKeyInTerminal(Testbed testbed, String vm) {
        try {
            Path key = testbed.state().resolve("console-key");
            return open(testbed, vm, "", List.of("-tt", "-o", "BatchMode=yes", "-i", key.toString()), true);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static SshTerminal open(Testbed testbed, String vm, String password, List<String> options, boolean terminal)
            throws IOException {
        Path folder = Files.createTempDirectory("umbra-ssh");
        Path askpass = folder.resolve("askpass");
        Files.writeString(askpass, "#!/bin/sh\nprintf '%s\\n' \"$UMBRA_CONSOLE_PASSWORD\"\n");
        Files.setPosixFilePermissions(askpass, PosixFilePermissions.fromString("rwx------"));
        List<String> command = new ArrayList<>(List.of("ssh", "-F", "none", "-e", "none"));
        command.addAll(List.of("-p", Integer.toString(testbed.sshPort())));
        for (String option : List.of(
                "StrictHostKeyChecking=accept-new",
                "UserKnownHostsFile=" + folder.resolve("known-hosts"),
                "NumberOfPasswordPrompts=1",
                "IdentitiesOnly=yes",
                "ServerAliveInterval=10",
                "LogLevel=ERROR")) {
            command.addAll(List.of("-o", option));
        }
        command.addAll(options);
        command.add(vm + "@127.0.0.1");
        ProcessBuilder builder = new ProcessBuilder(
                terminal ? List.of("script", "-qefc", String.join(" ", command), "/dev/null") : command);
        builder.environment().put("SSH_ASKPASS", askpass.toString());
        builder.environment().put("SSH_ASKPASS_REQUIRE", "force");
        builder.environment().put("UMBRA_CONSOLE_PASSWORD", password);
        builder.environment().put("TERM", "xterm-256color");
        builder.environment().remove("SSH_AUTH_SOCK");
        return new SshTerminal(builder.start());
    }

    private static void collect(String name, InputStream from, Transcript to) {
        Thread.ofVirtual().name(name).start(() -> {
            byte[] buffer = new byte[1 << 15];
            String end = "end of the stream";
            try {
                int count;
                while ((count = from.read(buffer)) >= 0) {
                    to.append(buffer, 0, count);
                }
            } catch (IOException failure) {
                end = failure.getMessage();
            }
            to.end(end);
        });
    }

    /**
     * Waits until the server has said who types, and the scroll-back has been shown.
     *
     * @param head how much the console has printed so far, see {@link dev.umbra.e2e.testbed.ApplianceApi#outputOffset}
     */
    public SshTerminal awaitGreeting(long head) {
        notices.await("writer", 0, GREETING);
        awaitScrollBack(head);
        return this;
    }

    /** Waits until the scroll-back has been shown. */
    public SshTerminal awaitScrollBack(long head) {
        transcript.awaitLength((int) Math.min(head, Testbed.SCROLL_BACK), GREETING);
        return this;
    }

    /** What the client and the server said beside the console's output. */
    public String notices() {
        return notices.text(0);
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for the end of the client and of all it printed, and returns its exit status. */
    public int awaitExit(Duration timeout) throws InterruptedException {
        if (!process.waitFor(timeout)) {
            throw new IllegalStateException("ssh does not end: " + notices());
        }
        transcript.awaitEnd(timeout);
        notices.awaitEnd(timeout);
        return process.exitValue();
    }

    @Override
    public void type(byte[] characters) {
        try {
            input.write(characters);
            input.flush();
        } catch (IOException failure) {
            throw new UncheckedIOException("ssh takes no input: " + notices(), failure);
        }
    }

    @Override
    public Transcript transcript() {
        return transcript;
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
    }
}
