// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.TESTBED;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.Launcher;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What a failed test leaves behind is looked at and cleared away. First everything is kept that the levels of the testbed did
 * at that moment: at the end of the run, on a machine nobody can ask any more, it no longer shows. Then, if a tenant cannot be
 * logged in to by each of its ports, the machine is restored from its snapshot, so that the tests that follow tell of
 * themselves and not of what went before. Second runs come after all first ones, and find the machine as its snapshot has it,
 * too.
 */
public final class TestbedAfterFailure implements BeforeEachCallback, AfterTestExecutionCallback {
    private static final Set<String> FAILED = ConcurrentHashMap.newKeySet();
    private static final AtomicBoolean SECOND_RUNS = new AtomicBoolean();

    @Override
    public void beforeEach(ExtensionContext context) {
        if (FAILED.contains(context.getUniqueId()) && SECOND_RUNS.compareAndSet(false, true)) {
            System.out.println("for the second runs the machine is restored from its snapshot");
            new Launcher(TESTBED).restore(TESTBED.artefacts().resolve("restored-second-runs.txt"));
        }
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        String testClass = context.getRequiredTestClass().getSimpleName();
        boolean live = testClass.endsWith("IT") && !testClass.endsWith("SnapshotsIT");
        if (!live || context.getExecutionException().isEmpty()) {
            return;
        }
        FAILED.add(context.getUniqueId());
        String name = System.currentTimeMillis() + "-" + testClass + "."
                + context.getRequiredTestMethod().getName();
        Launcher launcher = new Launcher(TESTBED);
        launcher.run("diagnose", TESTBED.artefacts().resolve("diagnosis-" + name + ".txt"));
        if (!tenantsAnswer()) {
            System.out.println("after " + name + " the machine is restored from its snapshot");
            launcher.restore(TESTBED.artefacts().resolve("restored-" + name + ".txt"));
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
