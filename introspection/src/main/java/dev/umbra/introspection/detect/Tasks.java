// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.kernel.Field;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.Unreadable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The kernel's tasks, from each place that leads to them: the list of processes with the list of each one's threads, the
 * tables of process numbers of every namespace, the parents' lists of their children, the members of control groups, and the
 * scheduler's run queues. The last is the one that a task which wants to run cannot leave.
 */
final class Tasks {
    /** Where a task is known. */
    enum Source {
        TASK_LIST,
        THREAD_LIST,
        PID_TABLE,
        FAMILY,
        CONTROL_GROUP,
        RUN_QUEUE
    }

    /**
     * A task.
     *
     * @param idle whether it is what a processor runs when there is nothing to run
     * @param ending whether it is on its way out of the kernel's lists
     * @param sources where it was seen
     * @param foreignTable a namespace below the first, in whose table of numbers it is missing, or 0
     */
    record Task(
            long address,
            int pid,
            int tgid,
            String name,
            boolean idle,
            boolean beginning,
            boolean ending,
            boolean dead,
            boolean hasMemory,
            Set<Source> sources,
            long foreignTable) {
        boolean leader() {
            return pid == tgid;
        }
    }

    private record Number(long namespace, int number) {}

    private static final int MAXIMUM_TASKS = 1 << 18;
    private static final int MAXIMUM_LEVELS = 32;
    private static final int MAXIMUM_CPUS = 1 << 13;
    private static final int COMM = 16;
    private static final long PF_EXITING = 4;
    private static final long TASK_NEW = 0x800;

    private final Reading reading;
    private final Map<Long, EnumSet<Source>> seen = new LinkedHashMap<>();
    private final Set<Long> idle = new HashSet<>();
    private final Set<Long> namespaces = new HashSet<>();
    private final Map<Number, Long> numbers = new LinkedHashMap<>();
    private List<Task> tasks = List.of();

    private Tasks(Reading reading) {
        this.reading = reading;
    }

    static Tasks read(Reading reading) {
        Tasks tasks = new Tasks(reading);
        reading.part("task list", tasks::fromTaskList);
        reading.part("pid table", tasks::fromFirstTable);
        reading.part("run queues", tasks::fromRunQueues);
        reading.part("control groups", tasks::fromControlGroups);
        reading.part("threads", tasks::fromThreadLists);
        reading.part("children", tasks::fromFamilies);
        reading.part("pid tables", tasks::fromOtherTables);
        reading.part("task_struct", tasks::describe);
        return tasks;
    }

    Collection<Task> all() {
        return tasks;
    }

    private void fromTaskList() {
        long first = reading.profile().requireSymbol("init_task");
        int tasksOffset = reading.offset("task_struct", "tasks");
        reading.ring("init_task.tasks", first + tasksOffset, tasksOffset, task -> add(task, Source.TASK_LIST));
    }

    private void fromThreadLists() {
        int signal = reading.offset("task_struct", "signal");
        int node = reading.offset("task_struct", "thread_node");
        int head = reading.offset("signal_struct", "thread_head");
        Set<Long> signals = new HashSet<>();
        for (long task : known()) {
            reading.part("task_struct.signal", () -> {
                long shared = reading.pointer(task, signal);
                if (shared != 0 && signals.add(shared)) {
                    reading.ring(
                            "signal_struct.thread_head",
                            shared + head,
                            node,
                            thread -> add(thread, Source.THREAD_LIST));
                }
            });
        }
    }

    /** Every task has a number in the first namespace. */
    private void fromFirstTable() {
        long first = reading.profile().requireSymbol("init_pid_ns");
        namespaces.add(first);
        table(first, true);
    }

    private void table(long namespace, boolean tell) {
        int links = reading.offset("pid", "tasks");
        int link = reading.offset("task_struct", "pid_links");
        reading.array("pid_namespace.idr", namespace + reading.offset("pid_namespace", "idr.idr_rt"), (number, pid) -> {
            numbers.put(new Number(namespace, (int) number), pid);
            if (tell) {
                long first = reading.memory().u64(pid + links);
                if (first != 0) {
                    add(first - link, Source.PID_TABLE);
                }
            }
        });
    }

    private void fromOtherTables() {
        int pidOffset = reading.offset("task_struct", "thread_pid");
        int level = reading.offset("pid", "level");
        int list = reading.offset("pid", "numbers");
        int size = reading.profile().size("upid");
        int owner = reading.offset("upid", "ns");
        for (long task : known()) {
            reading.part("task_struct.thread_pid", () -> {
                long pid = reading.pointer(task, pidOffset);
                int depth = pid == 0 ? 0 : Math.min(reading.memory().u32(pid + level), MAXIMUM_LEVELS);
                for (int index = 1; index <= depth; index++) {
                    long namespace = reading.pointer(pid, list + index * size + owner);
                    if (namespaces.size() < MAXIMUM_TASKS && namespaces.add(namespace)) {
                        table(namespace, false);
                    }
                }
            });
        }
    }

    private void fromFamilies() {
        int children = reading.offset("task_struct", "children");
        int sibling = reading.offset("task_struct", "sibling");
        Deque<Long> parents = new ArrayDeque<>(known());
        parents.add(reading.profile().requireSymbol("init_task"));
        Set<Long> visited = new HashSet<>();
        while (!parents.isEmpty()) {
            long parent = parents.remove();
            if (visited.add(parent)) {
                reading.ring("task_struct.children", parent + children, sibling, child -> {
                    add(child, Source.FAMILY);
                    parents.add(child);
                });
            }
        }
    }

    private void fromControlGroups() {
        int link = reading.offset("css_set", "hlist");
        long table = reading.profile().requireSymbol("css_set_table");
        Set<Long> sets = new HashSet<>();
        sets.add(reading.profile().requireSymbol("init_css_set"));
        for (int bucket = 0; bucket < 128; bucket++) {
            long first = reading.memory().u64(table + (long) bucket * Long.BYTES);
            reading.chain("css_set_table", first, link, sets::add);
        }
        int node = reading.offset("task_struct", "cg_list");
        for (String list : List.of("tasks", "mg_tasks")) {
            int head = reading.offset("css_set", list);
            for (long set : sets) {
                reading.ring("css_set." + list, set + head, node, task -> add(task, Source.CONTROL_GROUP));
            }
        }
    }

    private void fromRunQueues() {
        int entity = reading.offset("task_struct", "se.group_node");
        int deadline = reading.offset("task_struct", "dl.rb_node");
        for (int cpu = 0; cpu < Math.min(reading.kernel().cpus(), MAXIMUM_CPUS); cpu++) {
            long queue = reading.kernel().perCpu("runqueues", cpu);
            idle.add(reading.pointer(queue, reading.offset("rq", "idle")));
            add(reading.pointer(queue, reading.offset("rq", "curr")), Source.RUN_QUEUE);
            reading.ring(
                    "rq.cfs_tasks",
                    queue + reading.offset("rq", "cfs_tasks"),
                    entity,
                    task -> add(task, Source.RUN_QUEUE));
            reading.tree("rq.dl", queue + reading.offset("rq", "dl.root.rb_root"), deadline, this::deadlineTask);
            realTime(queue + reading.offset("rq", "rt.active.queue"));
        }
    }

    /** Servers of the scheduler's own are queued among the tasks, and are none. */
    private void deadlineTask(long task) {
        if (!reading.profile().has("sched_dl_entity", "dl_server")
                || reading.profile().field("task_struct", "dl.dl_server").read(reading.memory(), task) == 0) {
            add(task, Source.RUN_QUEUE);
        }
    }

    private void realTime(long queues) {
        int node = reading.offset("task_struct", "rt.run_list");
        int count = reading.profile().field("rt_prio_array", "queue").elements();
        for (int priority = 0; priority < count; priority++) {
            reading.ring("rt_prio_array.queue", queues + priority * 16L, node, task -> add(task, Source.RUN_QUEUE));
        }
    }

    private List<Long> known() {
        return new ArrayList<>(seen.keySet());
    }

    private void add(long task, Source source) {
        if (seen.size() >= MAXIMUM_TASKS && !seen.containsKey(task)) {
            reading.gap(Reason.TOO_MANY, "task_struct", task);
            return;
        }
        seen.computeIfAbsent(task, unused -> EnumSet.noneOf(Source.class)).add(source);
    }

    private void describe() {
        Field state = reading.profile().field("task_struct", "__state");
        Field exitState = reading.profile().field("task_struct", "exit_state");
        Field flags = reading.profile().field("task_struct", "flags");
        int pid = reading.offset("task_struct", "pid");
        int tgid = reading.offset("task_struct", "tgid");
        int comm = reading.offset("task_struct", "comm");
        int mm = reading.offset("task_struct", "mm");
        var memory = reading.memory();
        List<Task> described = new ArrayList<>();
        seen.forEach((address, sources) -> {
            try {
                described.add(new Task(
                        address,
                        memory.u32(address + pid),
                        memory.u32(address + tgid),
                        memory.string(address + comm, COMM),
                        idle.contains(address),
                        state.read(memory, address) == TASK_NEW,
                        (flags.read(memory, address) & PF_EXITING) != 0,
                        exitState.read(memory, address) != 0,
                        memory.u64(address + mm) != 0,
                        sources,
                        missingTable(address)));
            } catch (Unreadable hole) {
                reading.gap(Reason.UNREADABLE, "task_struct", hole.address());
            }
        });
        tasks = described;
    }

    private long missingTable(long task) {
        long pid = reading.pointer(task, reading.offset("task_struct", "thread_pid"));
        if (pid == 0) {
            return 0;
        }
        int depth = Math.min(reading.memory().u32(pid + reading.offset("pid", "level")), MAXIMUM_LEVELS);
        long first = pid + reading.offset("pid", "numbers");
        int size = reading.profile().size("upid");
        for (int index = 1; index <= depth; index++) {
            long entry = first + (long) index * size;
            long namespace = reading.pointer(entry, reading.offset("upid", "ns"));
            int number = reading.memory().u32(entry + reading.offset("upid", "nr"));
            if (!Long.valueOf(pid).equals(numbers.get(new Number(namespace, number)))) {
                return namespace;
            }
        }
        return 0;
    }
}
