// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.testbed;

import dev.umbra.e2e.terminal.SocketTerminal;
import dev.umbra.e2e.terminal.Transcript.Found;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * A root shell below the tenants: on the emulated host (L0), or in the cloud VM (L1), as its operator has it. Lines go in, output
 * comes out; there is no echo and no prompt.
 */
public final class MachineShell implements AutoCloseable {
    /** How a command ended and what it printed. */
    public record Result(int status, String output) {
        public String succeeded() {
            if (status != 0) {
                throw new IllegalStateException("status " + status + ": " + output);
            }
            return output.strip();
        }
    }

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int LINE = 1024;
    private static final AtomicLong MARKS = new AtomicLong(System.nanoTime() & 0xffffff);

    private final SocketTerminal terminal;

    private MachineShell(SocketTerminal terminal) {
        this.terminal = terminal;
    }

    public static MachineShell ofHost(Testbed testbed) {
        return new MachineShell(new SocketTerminal(testbed.run().resolve("l0-shell.sock")));
    }

    public static MachineShell ofOperator(Testbed testbed) {
        return new MachineShell(new SocketTerminal(testbed.run().resolve("l1-shell.sock")));
    }

    public Result run(String command) {
        return run(command, PATIENCE);
    }

    /** Runs a command in the one shell there is: what it sets stays. */
    public synchronized Result run(String command, Duration timeout) {
        String mark = "m" + MARKS.incrementAndGet();
        int from = terminal.transcript().length();
        terminal.type("\necho b" + mark + "\n" + command + "\necho e" + mark + " $?\n");
        int begin = terminal.transcript()
                .await(Pattern.compile("b" + mark + "\r?\n"), from, timeout)
                .end();
        Found end = terminal.transcript().await(Pattern.compile("e" + mark + " (\\d+)\r?\n"), begin, timeout);
        String output = terminal.transcript().text(begin, end.start());
        return new Result(Integer.parseInt(end.group()), output.replace("\r\n", "\n"));
    }

    /** Writes a file, whatever it holds. */
    public void writeFile(String path, byte[] content) {
        String encoded = Base64.getEncoder().encodeToString(content);
        StringBuilder command = new StringBuilder("base64 -d >" + path + " <<'END'\n");
        for (int start = 0; start < encoded.length(); start += LINE) {
            command.append(encoded, start, Math.min(start + LINE, encoded.length()))
                    .append('\n');
        }
        run(command + "END").succeeded();
    }

    /** Reads a file, whatever it holds. */
    public byte[] readFile(String path) {
        return Base64.getMimeDecoder().decode(run("base64 " + path).succeeded());
    }

    @Override
    public void close() {
        terminal.close();
    }
}
