// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.terminal;

import dev.umbra.e2e.terminal.Transcript.Found;
import dev.umbra.e2e.terminal.Transcript.NotFoundException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * A login shell in a tenant, whatever terminal it is reached by. What a command prints is told from the echo of the command by
 * marks that read differently when they are printed than when they are typed.
 */
public final class TenantShell implements AutoCloseable {
    /** How a command ended and what it printed, lines ending in {@code \n}. */
    public record Result(int status, String output) {
        /** The output without the white space around it, of a command that succeeded. */
        public String succeeded() {
            if (status != 0) {
                throw new IllegalStateException("status " + status + ": " + output);
            }
            return output.strip();
        }
    }

    /** Long enough for an emulated processor within an emulated processor. */
    public static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Duration ANSWER = Duration.ofSeconds(12);
    private static final Duration LOGIN_ANSWER = Duration.ofSeconds(30);
    private static final int ATTEMPTS = 8;
    private static final int LOGINS = 3;
    private static final String PROMPT = "[$#] (?:\\x1b\\[[0-9;]*[a-zA-Z])*$";
    private static final AtomicLong MARKS = new AtomicLong(System.nanoTime() & 0xffffff);

    private final Terminal terminal;
    private final Transcript transcript;

    private TenantShell(Terminal terminal) {
        this.terminal = terminal;
        this.transcript = terminal.transcript();
    }

    /**
     * Logs in at a login prompt; ends what may still be logged in there before. Where the prompt is slow, an Enter typed before is
     * answered late, and the name or the password is thrown away or taken for the other: so a refusal is believed when it is repeated.
     */
    public static TenantShell login(Terminal terminal, String host, String user, String password) {
        TenantShell shell = new TenantShell(terminal);
        for (int attempt = 0; attempt < LOGINS; attempt++) {
            shell.reachLoginPrompt(host);
            if (shell.answerPrompts(user, password)) {
                return shell;
            }
        }
        throw new IllegalStateException(
                user + " could not log in at " + host + ": no password was asked for, or the one given was refused");
    }

    private boolean answerPrompts(String user, String password) {
        int mark = transcript.length();
        terminal.type(user + "\r");
        try {
            transcript.await(Pattern.compile("(?i)password: ?$"), mark, LOGIN_ANSWER);
        } catch (NotFoundException thrownAway) {
            return false;
        }
        mark = transcript.length();
        terminal.type(password + "\r");
        return !transcript
                .await(Pattern.compile("incorrect|" + PROMPT), mark, PATIENCE)
                .text()
                .equals("incorrect");
    }

    /** A shell that is logged in already. */
    public static TenantShell at(Terminal terminal) {
        return new TenantShell(terminal);
    }

    private void reachLoginPrompt(String host) {
        Pattern prompt = Pattern.compile("(" + Pattern.quote(host) + " login: $)|" + PROMPT + "|assword: ?$");
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int mark = transcript.length();
            terminal.type("\r");
            try {
                Found found = transcript.await(prompt, mark, ANSWER);
                if (found.group() != null) {
                    return;
                }
                if (!found.text().contains("assword")) {
                    mark = transcript.length();
                    terminal.type("exit\r");
                    transcript.await(host + " login: ", mark, PATIENCE);
                    return;
                }
            } catch (NotFoundException busy) {
                // Something runs in the foreground, or reads in raw mode.
                terminal.type("\003\003\r");
            }
        }
        throw new NotFoundException("no login prompt of " + host + " appears");
    }

    public Terminal terminal() {
        return terminal;
    }

    public Transcript transcript() {
        return transcript;
    }

    public Result run(String command) {
        return run(command, PATIENCE);
    }

    public Result run(String command, Duration timeout) {
        String mark = "m" + MARKS.incrementAndGet();
        int from = transcript.length();
        terminal.type("echo b''" + mark + "; " + command + "; echo e''" + mark + " $?\r");
        int begin = transcript.await("b" + mark + "\r\n", from, timeout).end();
        Found end = transcript.await(Pattern.compile("e" + mark + " (\\d+)\r\n"), begin, timeout);
        transcript.await(Pattern.compile(PROMPT), end.end(), timeout);
        String output = transcript.text(begin, end.start());
        return new Result(Integer.parseInt(end.group()), output.replace("\r\n", "\n"));
    }

    /** Types a command without waiting for its end; returns where its output begins at the earliest. */
    public int start(String command) {
        int from = transcript.length();
        terminal.type(command + "\r");
        return from;
    }

    /** Waits for the prompt of the shell. */
    public void awaitPrompt(int from, Duration timeout) {
        transcript.await(Pattern.compile(PROMPT), from, timeout);
    }

    public void logout(String host) {
        int from = start("exit");
        transcript.await(host + " login: ", from, PATIENCE);
    }

    @Override
    public void close() {
        terminal.close();
    }
}
