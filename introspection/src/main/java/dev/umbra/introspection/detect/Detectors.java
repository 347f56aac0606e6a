// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import java.util.List;

/** The detectors there are. */
public final class Detectors {
    private Detectors() {}

    /** For any kernel, a tenant's or that of the virtualized system itself. */
    public static List<Detector> standard() {
        return List.of(
                new HiddenProcesses(),
                new HiddenModules(),
                new HiddenSockets(),
                new ExecutableMemory(),
                new SystemCallTables(),
                new InterruptTable(),
                new KernelText(),
                new FunctionPointers(),
                new RegisteredFunctions(),
                new NetfilterHooks(),
                new FtraceHooks(),
                new KprobeHooks(),
                new CredentialChanges(),
                new BpfPrograms());
    }
}
