// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/**
 * A thread, as the scheduler knows it.
 *
 * @param address of its {@code task_struct}
 * @param pid its own number, in the initial pid namespace as all numbers here
 * @param tgid number of its process
 * @param parentPid number of the process that is its parent, 0 if the kernel is
 * @param tracerPid number of the thread that traces it, or 0
 * @param namespacePid its own number in its own pid namespace
 * @param name {@code comm}, up to 15 bytes
 * @param flags {@code PF_} flags of {@code linux/sched.h}
 * @param startedNanos when it was started, after the boot, in nanoseconds that include suspension
 * @param cgroup path in the unified hierarchy
 */
public record Task(
        long address,
        int pid,
        int tgid,
        int parentPid,
        int tracerPid,
        int namespacePid,
        String name,
        TaskState state,
        int flags,
        long startedNanos,
        CpuTime cpu,
        Scheduling scheduling,
        Credentials credentials,
        Namespaces namespaces,
        String cgroup) {
    static final int PF_WQ_WORKER = 0x20;
    static final int PF_KTHREAD = 0x200000;

    /** Whether it is a thread of the kernel, by its own flags. */
    public boolean kernelThread() {
        return (flags & PF_KTHREAD) != 0;
    }

    /** Whether it works for the kernel's work queues, by its own flags. */
    public boolean worker() {
        return (flags & PF_WQ_WORKER) != 0;
    }

    /** Whether it is its process's main thread. */
    public boolean leader() {
        return pid == tgid;
    }
}
