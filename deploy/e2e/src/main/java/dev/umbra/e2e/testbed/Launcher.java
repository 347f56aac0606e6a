// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The launcher of the testbed, called as a person calls it. */
public final class Launcher {
    private static final int MINUTES = 10;

    private final Testbed testbed;

    public Launcher(Testbed testbed) {
        this.testbed = testbed;
    }

    /**
     * Puts machine and appliance back to where they were when their snapshot was taken: nothing that happened since is left, neither in
     * memory nor in the appliance's state. Takes some seconds, and both consoles answer afterwards.
     *
     * @param log where the launcher says what it does
     */
    public void restore(Path log) {
        run("down", log);
        // Where the machine runs by now, what is missing is started.
        if (!run("up", log) && !run("up", log)) {
            throw new IllegalStateException("the testbed does not come back; see " + log);
        }
    }

    /** Runs one command, waits for it, and tells whether it succeeded. What it says is added to a file. */
    public boolean run(String command, Path output) {
        ProcessBuilder launcher = new ProcessBuilder(
                        testbed.root().resolve("umbra").toString(), command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        launcher.environment().put("UMBRA_HTTPS_PORT", Integer.toString(testbed.httpsPort()));
        launcher.environment().put("UMBRA_SSH_PORT", Integer.toString(testbed.sshPort()));
        launcher.environment().put("UMBRA_VNC_PORT", Integer.toString(testbed.vncPort()));
        try {
            Process process = launcher.start();
            if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
                process.destroy();
                return false;
            }
            return process.exitValue() == 0;
        } catch (IOException failure) {
            throw new UncheckedIOException("the launcher does not start", failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}
