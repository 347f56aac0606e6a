// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process with SIGKILL at random moments while it applies numbered accesses, and plays a host that sends again
 * what was not answered: in the end every access was applied exactly once and every answer was the right one.
 */
class JournalKilledTest {
    private static final int KILLS = 8;
    private static final int WINDOW = 3;
    private static final int KILLED = 128 + 9;

    @TempDir
    Path directory;

    private final Random random = new Random(42);
    private long answered;
    private long digest;
    private long newest;

    @Test
    void everyAccessIsAppliedExactlyOnce() throws Exception {
        for (int life = 0; life < KILLS; life++) {
            live(life);
        }
        assertThat(answered).isGreaterThan(1000);
    }

    private void live(int life) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=" + (life % 2 == 0 ? 4 : 1),
                        "-cp",
                        System.getProperty("java.class.path"),
                        JournalVictim.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        // Closing the output flushes what the dead process can no longer take, and fails at times: nothing closes it.
        DataOutputStream output = new DataOutputStream(process.getOutputStream());
        try (DataInputStream input = new DataInputStream(process.getInputStream())) {
            long applied = input.readLong();
            long state = input.readLong();
            assertThat(applied).isBetween(answered, newest);
            assertThat(state).isEqualTo(digestAt(applied));
            long deadline = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(100_000 + random.nextInt(200_000));
            Thread killer = Thread.startVirtualThread(() -> {
                while (System.nanoTime() < deadline) {
                    Thread.onSpinWait();
                }
                process.destroyForcibly();
            });
            converse(input, output);
            killer.join();
        }
        assertThat(process.waitFor()).as("exit status").isEqualTo(KILLED);
    }

    /** Keeps a few accesses outstanding, one per vCPU, until the process dies. */
    private void converse(DataInputStream input, DataOutputStream output) {
        try {
            for (long sequence = answered + 1; sequence <= newest; sequence++) {
                output.writeLong(sequence);
            }
            while (true) {
                while (newest < answered + WINDOW) {
                    output.writeLong(++newest);
                }
                output.flush();
                long sequence = input.readLong();
                long reply = input.readLong();
                assertThat(sequence).isEqualTo(answered + 1);
                assertThat(reply).isEqualTo(JournalVictim.digest(digest, sequence));
                digest = reply;
                answered = sequence;
            }
        } catch (IOException e) {
            assertThat(newest).isGreaterThanOrEqualTo(answered);
        }
    }

    private long digestAt(long sequence) {
        long value = digest;
        for (long next = answered + 1; next <= sequence; next++) {
            value = JournalVictim.digest(value, next);
        }
        return value;
    }
}
