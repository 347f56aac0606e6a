// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import dev.umbra.introspection.view.MemoryMap;
import dev.umbra.introspection.view.Module;
import dev.umbra.introspection.view.Mount;
import dev.umbra.introspection.view.NetworkInterface;
import dev.umbra.introspection.view.OpenFile;
import dev.umbra.introspection.view.Process;
import dev.umbra.introspection.view.Socket;
import dev.umbra.introspection.view.Task;
import java.util.List;
import java.util.Map;

/**
 * Everything that the files of one epoch are made from.
 *
 * @param threads by the number of their process, the main thread among them
 * @param maps by the number of their process
 * @param files by the number of their process
 * @param sockets those found in the tables of their protocols
 */
record ProcSnapshot(
        SystemState system,
        List<Process> processes,
        Map<Integer, List<Task>> threads,
        Map<Integer, List<MemoryMap>> maps,
        Map<Integer, List<OpenFile>> files,
        List<Socket> sockets,
        List<Module> modules,
        List<Mount> mounts,
        List<NetworkInterface> interfaces) {

    List<MemoryMap> maps(Process process) {
        return maps.getOrDefault(process.pid(), List.of());
    }

    List<OpenFile> files(Process process) {
        return files.getOrDefault(process.pid(), List.of());
    }

    List<Task> threads(Process process) {
        return threads.getOrDefault(process.pid(), List.of(process.task()));
    }

    List<Mount> mounts(long namespace) {
        return mounts.stream().filter(mount -> mount.namespace() == namespace).toList();
    }
}
