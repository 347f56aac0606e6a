// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import java.util.function.LongConsumer;

/**
 * Walks the tasks of a kernel and reads them. The list of processes leads from {@code init_task} through their main threads;
 * each process keeps a list of its threads.
 */
final class TaskReader {
    private static final int NAME_SIZE = 16;
    private static final int NICE_ZERO = 120;
    private static final int MAXIMUM_NAMESPACES = 32;
    private static final String TASKS = "task_struct.tasks";
    private static final String THREADS = "signal_struct.thread_head";

    private final Scan scan;
    private final AddressSpace memory;
    private final TaskLayout layout;
    private final IdentityReader identities;
    private final CgroupPaths cgroups;

    TaskReader(Scan scan) {
        this.scan = scan;
        this.memory = scan.memory();
        this.layout = scan.layout(TaskLayout.class, TaskLayout::new);
        this.identities = new IdentityReader(scan);
        this.cgroups = new CgroupPaths(scan);
    }

    TaskLayout layout() {
        return layout;
    }

    CgroupPaths cgroups() {
        return cgroups;
    }

    /** Visits the main threads of all processes; the idle task, which heads the list, is none. */
    void forEachLeader(LongConsumer visitor) {
        long head = scan.symbol("init_task") + layout.tasks;
        scan.lists().ring(TASKS, head, Scan.MAXIMUM_ENTRIES, node -> visitor.accept(node - layout.tasks));
    }

    /** @param leader any thread of the process */
    void forEachThread(long leader, LongConsumer visitor) {
        long signal = memory.u64(leader + layout.signal);
        scan.lists()
                .ring(
                        THREADS,
                        signal + layout.signalThreads,
                        Scan.MAXIMUM_ENTRIES,
                        node -> visitor.accept(node - layout.threadNode));
    }

    Task read(long task) {
        Credentials credentials = identities.credentials(memory.u64(task + layout.realCredentials));
        int ownPid = memory.u32(task + layout.pid);
        long proxy = memory.u64(task + layout.namespaceProxy);
        long number = scan.part("pid", memory.u64(task + layout.threadPid), 0L, this::innermostNumber);
        int namespacePid = number == 0 ? 0 : memory.u32(number + layout.number);
        long pidNamespace = number == 0 ? 0 : memory.u64(number + layout.numberNamespace);
        return new Task(
                task,
                ownPid,
                memory.u32(task + layout.tgid),
                scan.part("task_struct.real_parent", memory.u64(task + layout.realParent), 0, this::tgid),
                memory.u32(task + layout.ptrace) == 0
                        ? 0
                        : scan.part("task_struct.parent", memory.u64(task + layout.parent), 0, this::pid),
                namespacePid,
                scan.text(task + layout.name, NAME_SIZE),
                TaskState.of(memory.u32(task + layout.state), memory.u32(task + layout.exitState)),
                memory.u32(task + layout.flags),
                memory.u64(task + layout.startTime),
                cpu(task),
                new Scheduling(
                        memory.u32(task + layout.policy),
                        memory.u32(task + layout.priority),
                        memory.u32(task + layout.staticPriority) - NICE_ZERO,
                        memory.u32(task + layout.realTimePriority),
                        memory.u32(task + layout.processor)),
                credentials,
                identities.namespaces(proxy, pidNamespace, credentials.userNamespace()),
                layout.cgroups == StructFields.ABSENT ? "" : cgroups.path(memory.u64(task + layout.cgroups)));
    }

    /** Number of the process a thread belongs to. */
    int tgid(long task) {
        return memory.u32(task + layout.tgid);
    }

    /** Address of the {@code struct files_struct}, 0 if the task has ended. */
    long files(long task) {
        return memory.u64(task + layout.files);
    }

    /** Whether the kernel started it for itself. */
    boolean kernelThread(long task) {
        return (memory.u32(task + layout.flags) & Task.PF_KTHREAD) != 0;
    }

    private int pid(long task) {
        return memory.u32(task + layout.pid);
    }

    /** The task's number in its own namespace: a {@code struct upid} after those of the outer ones. */
    private long innermostNumber(long pid) {
        int level = memory.u32(pid + layout.pidLevel);
        if (level < 0 || level > MAXIMUM_NAMESPACES) {
            scan.gaps().add(Reason.MALFORMED, "pid.level", pid);
            return 0;
        }
        return pid + layout.pidNumbers + (long) level * layout.numberSize;
    }

    /** Number of a {@code struct pid} in the initial namespace, 0 if there is none. */
    int number(long pid) {
        return scan.part("pid", pid, 0, address -> memory.u32(address + layout.pidNumbers + layout.number));
    }

    private CpuTime cpu(long task) {
        long shown = task + layout.shownTime;
        return CpuTime.adjusted(
                memory.u64(task + layout.userTime),
                memory.u64(task + layout.systemTime),
                memory.u64(task + layout.runtime),
                memory.u64(shown + layout.shownUser),
                memory.u64(shown + layout.shownSystem));
    }
}
