// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.view.OpenFile;
import dev.umbra.introspection.view.Task;
import dev.umbra.introspection.view.Views;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Takes all views of a kernel, one after the other. */
final class ProcSnapshots {
    private ProcSnapshots() {}

    static ProcSnapshot take(Kernel kernel) {
        Views views = new Views(kernel);
        return new ProcSnapshot(
                new SystemStateReader(kernel).read(),
                views.processes().entries(),
                views.threads().stream().collect(Collectors.groupingBy(Task::tgid)),
                Map.of(),
                views.openFiles().stream().collect(Collectors.groupingBy(OpenFile::pid)),
                views.sockets().entries(),
                views.modules().entries(),
                List.of(),
                List.of());
    }
}
