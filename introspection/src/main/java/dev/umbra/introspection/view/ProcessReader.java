// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Unreadable;
import java.util.List;

/** Reads what the threads of a process have in common ({@code fs/proc/array.c} and {@code base.c} show the same). */
final class ProcessReader {
    private static final int PIDTYPE_PGID = 2;
    private static final int PIDTYPE_SID = 3;
    private static final int TERMINAL_NAME_LIMIT = 64;
    private static final int NAME_LIMIT = 64;

    private final Scan scan;
    private final AddressSpace memory;
    private final TaskReader tasks;
    private final TaskLayout layout;
    private final Paths paths;
    private final UserMemoryReader userMemory;

    ProcessReader(Scan scan, TaskReader tasks) {
        this.scan = scan;
        this.memory = scan.memory();
        this.tasks = tasks;
        this.layout = tasks.layout();
        this.paths = new Paths(scan);
        this.userMemory = new UserMemoryReader(scan, paths);
    }

    /** @param leader address of the main thread */
    Process read(long leader) {
        Task task = tasks.read(leader);
        long signal = memory.u64(leader + layout.signal);
        Group group = scan.part("signal_struct", signal, new Group(), address -> group(leader, address));
        long mm = task.kernelThread() ? 0 : memory.u64(leader + layout.mm);
        MemoryUse use = scan.part("mm_struct", mm, MemoryUse.NONE, userMemory::use);
        return new Process(
                task,
                name(task),
                group.threads,
                group.processGroup,
                group.session,
                group.terminal,
                use.address() == 0 ? List.of() : scan.part("mm_struct.arg_start", mm, List.of(), userMemory::arguments),
                use.address() == 0 ? "" : scan.part("mm_struct.exe_file", mm, "", userMemory::executable),
                directory(leader, layout.fileSystemWorking),
                directory(leader, layout.fileSystemRoot),
                use,
                CpuTime.adjusted(group.user, group.system, group.runtime, group.shownUser, group.shownSystem),
                new DiskUse(group.read, group.written));
    }

    private String directory(long leader, int field) {
        return scan.part("fs_struct", memory.u64(leader + layout.fileSystem), "", fs -> paths.path(fs + field));
    }

    /** Sums over the threads, those that have ended first. */
    private static final class Group {
        private int threads;
        private int processGroup;
        private int session;
        private String terminal = "";
        private long user;
        private long system;
        private long runtime;
        private long shownUser;
        private long shownSystem;
        private long read;
        private long written;
    }

    private Group group(long leader, long signal) {
        Group group = new Group();
        group.user = memory.u64(signal + layout.signalUserTime);
        group.system = memory.u64(signal + layout.signalSystemTime);
        group.runtime = memory.u64(signal + layout.signalRuntime);
        group.shownUser = memory.u64(signal + layout.signalShownTime + layout.shownUser);
        group.shownSystem = memory.u64(signal + layout.signalShownTime + layout.shownSystem);
        group.processGroup = tasks.number(memory.u64(signal + layout.signalPids + PIDTYPE_PGID * Long.BYTES));
        group.session = tasks.number(memory.u64(signal + layout.signalPids + PIDTYPE_SID * Long.BYTES));
        group.terminal = scan.part(
                "tty_struct",
                memory.u64(signal + layout.signalTerminal),
                "",
                terminal -> scan.text(terminal + layout.terminalName, TERMINAL_NAME_LIMIT));
        addDisk(group, signal, layout.signalDisk);
        tasks.forEachThread(leader, thread -> {
            group.threads++;
            group.user += memory.u64(thread + layout.userTime);
            group.system += memory.u64(thread + layout.systemTime);
            group.runtime += memory.u64(thread + layout.runtime);
            addDisk(group, thread, layout.disk);
        });
        return group;
    }

    private void addDisk(Group group, long owner, int accounting) {
        if (accounting != StructFields.ABSENT && layout.diskRead != StructFields.ABSENT) {
            group.read += memory.u64(owner + accounting + layout.diskRead);
            group.written += memory.u64(owner + accounting + layout.diskWritten);
        }
    }

    /** As {@code proc_task_name}: a worker tells what it works for, other threads of the kernel may have a longer name. */
    private String name(Task task) {
        if (!task.kernelThread()) {
            return task.name();
        }
        try {
            long thread = memory.u64(task.address() + layout.kernelThread);
            if (thread == 0) {
                return task.name();
            }
            if (task.worker()) {
                return workerName(task, memory.u64(thread + layout.threadData));
            }
            long full = layout.threadFullName == StructFields.ABSENT ? 0 : memory.u64(thread + layout.threadFullName);
            return full == 0 ? task.name() : scan.string(full, NAME_LIMIT);
        } catch (Unreadable hole) {
            scan.gaps().add(Reason.UNREADABLE, "kthread", hole.address());
            return task.name();
        }
    }

    /** {@code wq_worker_comm} in {@code kernel/workqueue.c}: one that belongs to no pool now, as a rescuer, has its plain name. */
    private String workerName(Task task, long worker) {
        String description = scan.text(worker + layout.workerDescription, layout.workerDescriptionSize);
        if (worker == 0 || description.isEmpty() || memory.u64(worker + layout.workerPool) == 0) {
            return task.name();
        }
        return task.name() + (memory.u64(worker + layout.workerCurrent) != 0 ? "+" : "-") + description;
    }

    /** The thread's function, 0 if it is not known. */
    long function(Task task) {
        if (layout.threadFunction == StructFields.ABSENT) {
            return 0;
        }
        long thread = memory.u64(task.address() + layout.kernelThread);
        return scan.part("kthread", thread, 0L, address -> memory.u64(address + layout.threadFunction));
    }
}
