// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import dev.umbra.introspection.memory.AddressSpace;

/**
 * What must be so in every running kernel, whoever built it: facts that are known beforehand, read with the offsets that
 * the profile gives. A wrong table is worse than none, so whoever fails one of them is refused.
 */
final class Invariants {
    private static final String IDLE = "swapper";
    private static final int LARGEST_TASK = 1 << 16;
    private static final int ATTEMPTS = 100;
    private static final int LIST_HEAD = 16;

    private final Kernel kernel;
    private final KernelProfile profile;
    private final AddressSpace memory;

    private Invariants(Kernel kernel) {
        this.kernel = kernel;
        this.profile = kernel.profile();
        this.memory = kernel.memory();
    }

    /**
     * @param banner physical address at which the banner was found
     * @throws UnknownKernel naming what is not so
     * @throws dev.umbra.introspection.memory.Unreadable if something is not in memory
     */
    static void verify(Kernel kernel, long banner) {
        Invariants invariants = new Invariants(kernel);
        invariants.addresses(banner);
        invariants.types();
        invariants.release();
        invariants.idleTask();
        invariants.perCpu();
    }

    private void addresses(long banner) {
        long virtual = profile.requireSymbol("linux_banner");
        require(memory.physical(virtual) == banner, "its page tables map another image");
        require(kernel.physicalOf(virtual) == banner, "phys_base is wrong");
        require(memory.physical(kernel.directMap(banner)) == banner, "page_offset_base is wrong");
        require(profile.requireSymbol("_text") == profile.textBase(), "its text is not where its symbols begin");
    }

    private void types() {
        int task = profile.size("task_struct");
        require(task > 0 && task <= LARGEST_TASK, "a task_struct has " + task + " bytes");
        require(profile.size("list_head") == LIST_HEAD, "a list_head is no pair of pointers");
        require(profile.offset("list_head", "prev") == LIST_HEAD / 2, "a list_head is no pair of pointers");
    }

    private void release() {
        long name = profile.requireSymbol("init_uts_ns") + profile.offset("uts_namespace", "name.release");
        int length = profile.field("new_utsname", "release").size();
        String release = memory.string(name, Math.min(length, 256));
        require(release.equals(profile.release()), "uname says " + release + ", the banner " + profile.release());
    }

    private void idleTask() {
        long idle = profile.requireSymbol("init_task");
        String name = memory.string(idle + profile.offset("task_struct", "comm"), IDLE.length());
        require(name.equals(IDLE), "the first task is called " + name);
        require(memory.u32(idle + profile.offset("task_struct", "pid")) == 0, "the first task has a process number");
        long tasks = idle + profile.offset("task_struct", "tasks");
        require(linked(tasks), "the list of tasks is broken behind the first");
    }

    /** The list changes while it is looked at, but not all the time. */
    private boolean linked(long head) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long next = memory.u64(head);
            if (memory.readable(next + 8) && memory.u64(next + 8) == head) {
                return true;
            }
        }
        return false;
    }

    private void perCpu() {
        long own = kernel.perCpu("this_cpu_off", 0);
        require(memory.u64(own) == kernel.perCpuBase(0), "the first processor's data is elsewhere");
    }

    private void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new UnknownKernel("kernel " + profile.release() + ": " + otherwise);
        }
    }
}
