// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import java.util.List;

/** Asks for every view there is. */
final class AllViews {
    private static final int PROCESSES_LOOKED_INTO = 5;

    private AllViews() {}

    /** @return entries of all views together */
    static long read(Views views) {
        View<Process> processes = views.processes();
        long entries = sum(List.of(
                processes,
                views.threads(),
                views.kernelThreads(),
                views.openFiles(),
                views.sockets(),
                views.openSockets(),
                views.modules(),
                views.mounts(),
                views.kernelLog(),
                views.interfaces(),
                views.bpfPrograms(),
                views.containers()));
        for (Process process : processes.stream().limit(PROCESSES_LOOKED_INTO).toList()) {
            entries += sum(List.of(views.memoryMaps(process), views.openFiles(process), views.threads(process)));
        }
        return entries;
    }

    private static long sum(List<View<?>> views) {
        return views.stream().mapToLong(view -> view.entries().size()).sum();
    }
}
