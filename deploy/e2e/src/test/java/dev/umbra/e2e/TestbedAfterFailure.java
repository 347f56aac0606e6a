// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.TESTBED;

import dev.umbra.e2e.terminal.TenantShell;
import java.io.File;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What a failed test leaves behind is looked at and cleared away. First everything is kept that the levels of the testbed did
 * at that moment: at the end of the run, on a machine nobody can ask any more, it no longer shows. Then, if a tenant cannot be
 * logged in to by each of its ports, the machine is restored from its snapshot, so that the tests that follow, and the
 * second run of this one, tell of themselves and not of what went before.
 */
public final class TestbedAfterFailure implements AfterTestExecutionCallback {
    private static final int MINUTES = 5;

    @Override
    public void afterTestExecution(ExtensionContext context) throws IOException, InterruptedException {
        String testClass = context.getRequiredTestClass().getSimpleName();
        boolean live = testClass.endsWith("IT") && !testClass.endsWith("SnapshotsIT");
        if (!live || context.getExecutionException().isEmpty()) {
            return;
        }
        String name = System.currentTimeMillis() + "-" + testClass + "."
                + context.getRequiredTestMethod().getName();
        umbra(
                "diagnose",
                TESTBED.artefacts().resolve("diagnosis-" + name + ".txt").toFile());
        if (!tenantsAnswer()) {
            System.out.println("after " + name + " the machine is restored from its snapshot");
            File log = TESTBED.artefacts().resolve("restored-" + name + ".txt").toFile();
            umbra("down", log);
            umbra("up", log);
        }
    }

    private static void umbra(String command, File output) throws IOException, InterruptedException {
        ProcessBuilder launcher = new ProcessBuilder(
                        TESTBED.root().resolve("umbra").toString(), command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output));
        launcher.environment().put("UMBRA_HTTPS_PORT", Integer.toString(TESTBED.httpsPort()));
        launcher.environment().put("UMBRA_SSH_PORT", Integer.toString(TESTBED.sshPort()));
        launcher.environment().put("UMBRA_VNC_PORT", Integer.toString(TESTBED.vncPort()));
        Process process = launcher.start();
        if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
            process.destroy();
        }
    }

    private static boolean tenantsAnswer() {
        try {
            for (String vm : Fixture.vms()) {
                try (TenantShell shell = Fixture.overSecondPort(vm)) {
                    shell.run("hostname").succeeded();
                    shell.logout(vm);
                }
                try (TenantShell shell = Fixture.overSsh(vm)) {
                    shell.run("hostname").succeeded();
                    shell.logout(vm);
                }
            }
            return true;
        } catch (RuntimeException silent) {
            return false;
        }
    }
}
