// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Keeps what every level of the testbed did at the moment a test failed. Most failures there are a machine that waits for
 * something, and at the end of the run, on a machine that nobody can ask any more, it no longer shows what for.
 */
final class DiagnosisOfFailure implements AfterTestExecutionCallback {
    private static final int MINUTES = 2;

    @Override
    public void afterTestExecution(ExtensionContext context) throws IOException, InterruptedException {
        String testClass = context.getRequiredTestClass().getSimpleName();
        boolean live = testClass.endsWith("IT") && !testClass.endsWith("SnapshotsIT");
        if (!live || context.getExecutionException().isEmpty()) {
            return;
        }
        String test = testClass + "." + context.getRequiredTestMethod().getName();
        Path file =
                Fixture.TESTBED.artefacts().resolve("diagnosis-" + System.currentTimeMillis() + "-" + test + ".txt");
        Process diagnosis = new ProcessBuilder(
                        Fixture.TESTBED.root().resolve("umbra").toString(), "diagnose")
                .redirectErrorStream(true)
                .redirectOutput(file.toFile())
                .start();
        if (!diagnosis.waitFor(MINUTES, TimeUnit.MINUTES)) {
            diagnosis.destroy();
        }
    }
}
