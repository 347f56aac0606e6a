// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import java.util.List;
import java.util.Objects;

/**
 * A process: its main thread, and what its threads have in common.
 *
 * @param name as {@code /proc/PID/comm} shows it; for threads of the kernel it may be longer than the main thread's own
 * @param threads number of threads found in its list
 * @param terminal name of its controlling terminal, such as {@code ttyS0}, or empty
 * @param commandLine its arguments now, as far as the process lets them stand and they are in memory
 * @param executable path of its program as {@code /proc/PID/exe} shows it, or empty
 * @param workingDirectory as {@code /proc/PID/cwd} shows it, or empty
 * @param rootDirectory as {@code /proc/PID/root} shows it, or empty
 * @param cpu of all threads, ended ones included
 * @param disk of all threads, ended ones included
 */
public record Process(
        Task task,
        String name,
        int threads,
        int processGroup,
        int session,
        String terminal,
        List<String> commandLine,
        String executable,
        String workingDirectory,
        String rootDirectory,
        MemoryUse memory,
        CpuTime cpu,
        DiskUse disk) {
    public Process {
        Objects.requireNonNull(task, "task");
        commandLine = List.copyOf(commandLine);
    }

    public int pid() {
        return task.tgid();
    }

    public int parentPid() {
        return task.parentPid();
    }

    public boolean kernelThread() {
        return task.kernelThread();
    }
}
