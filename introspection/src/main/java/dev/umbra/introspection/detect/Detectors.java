// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import java.util.List;
import java.util.stream.Stream;

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
                new ModuleText(),
                new FunctionPointers(FunctionPointers.Part.READ_ONLY),
                new FunctionPointers(FunctionPointers.Part.INITIALIZED),
                new FunctionPointers(FunctionPointers.Part.ZEROED),
                new RegisteredFunctions(),
                new NetfilterHooks(),
                new FtraceHooks(),
                new KprobeHooks(),
                new CredentialChanges(),
                new BpfPrograms());
    }

    /**
     * For the kernel of a cloud VM, with {@link dev.umbra.introspection.memory.CloudPhysicalMemory} under it.
     *
     * @param known its tenant VMs as L0 knows them
     */
    public static List<Detector> forCloudVm(KnownVms known) {
        return Stream.concat(standard().stream(), Stream.of(new CloudVmClaims(known)))
                .toList();
    }
}
