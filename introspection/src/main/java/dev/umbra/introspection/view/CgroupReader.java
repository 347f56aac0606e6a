// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.PhysicalMemory;
import java.util.OptionalLong;
import java.util.function.LongConsumer;

/**
 * Reads what control groups have used ({@code linux/cgroup-defs.h}, {@code linux/memcontrol.h}, {@code block/blk-cgroup.h}).
 *
 * <p>Processors count for themselves, and only when somebody reads a group's statistics are their counts added to it and to those
 * above ({@code kernel/cgroup/rstat.c}). Nobody inside needs to have read them: what has not been added yet, of the group and all
 * below it, is added here.
 */
final class CgroupReader {
    private static final class Layout {
        final int children;
        final int sibling;
        final int subsystems;
        final int subsystemGroup;
        final int memorySubsystem;
        final int diskSubsystem;
        final int runtime;
        final int perCpu;
        final int perCpuRuntime;
        final int perCpuAdded;
        final int memoryUsage;
        final int disks;
        final int disk;
        final int diskBytes;
        final int diskPerCpu;
        final int diskPerCpuBytes;
        final int diskPerCpuAdded;

        Layout(KernelProfile profile) {
            StructFields group = new StructFields(profile, "cgroup");
            children = group.at("self.children");
            sibling = group.at("self.sibling");
            subsystems = group.at("subsys");
            subsystemGroup = profile.offset("cgroup_subsys_state", "cgroup");
            memorySubsystem = subsystem(profile, "memory_cgrp_id");
            diskSubsystem = subsystem(profile, "io_cgrp_id");
            runtime = group.at("bstat.cputime.sum_exec_runtime");
            perCpu = group.at("rstat_cpu");
            StructFields counts = new StructFields(profile, "cgroup_rstat_cpu");
            perCpuRuntime = counts.at("bstat.cputime.sum_exec_runtime");
            perCpuAdded = counts.at("last_bstat.cputime.sum_exec_runtime");
            memoryUsage = new StructFields(profile, "mem_cgroup").optional("memory.usage");
            StructFields blkcg = new StructFields(profile, "blkcg");
            disks = blkcg.optional("blkg_list");
            StructFields blkg = new StructFields(profile, "blkcg_gq");
            disk = blkg.optional("blkcg_node");
            diskBytes = blkg.optional("iostat.cur.bytes");
            diskPerCpu = blkg.optional("iostat_cpu");
            StructFields diskCounts = new StructFields(profile, "blkg_iostat_set");
            diskPerCpuBytes = diskCounts.optional("cur.bytes");
            diskPerCpuAdded = diskCounts.optional("last.bytes");
        }

        private static int subsystem(KernelProfile profile, String constant) {
            return (int) profile.enumValue("cgroup_subsys_id", constant).orElse(StructFields.ABSENT);
        }
    }

    private static final int MAXIMUM_DEPTH = 64;
    private static final int MAXIMUM_DISKS = 4096;
    private static final int READ = 0;
    private static final int WRITE = Long.BYTES;

    private final Scan scan;
    private final Kernel kernel;
    private final AddressSpace memory;
    private final Layout layout;

    CgroupReader(Scan scan) {
        this.scan = scan;
        this.kernel = scan.kernel();
        this.memory = scan.memory();
        this.layout = scan.layout(Layout.class, Layout::new);
    }

    /** Nanoseconds of CPU time used by a group and those below it. */
    OptionalLong cpu(long cgroup) {
        long[] sum = {memory.u64(cgroup + layout.runtime)};
        forEachBelow(cgroup, 0, group -> {
            long area = memory.u64(group + layout.perCpu);
            for (int cpu = 0; cpu < kernel.cpus(); cpu++) {
                long counts = area + kernel.perCpuBase(cpu);
                sum[0] += memory.u64(counts + layout.perCpuRuntime) - memory.u64(counts + layout.perCpuAdded);
            }
        });
        return OptionalLong.of(sum[0]);
    }

    /** Bytes of memory in use, if it is counted for this group. */
    OptionalLong memory(long cgroup) {
        long state = state(cgroup, layout.memorySubsystem);
        return state == 0 || layout.memoryUsage == StructFields.ABSENT
                ? OptionalLong.empty()
                : OptionalLong.of(memory.u64(state + layout.memoryUsage) * PhysicalMemory.PAGE);
    }

    /** Bytes read and written, null if they are not counted for this group. */
    DiskUse disk(long cgroup) {
        long state = state(cgroup, layout.diskSubsystem);
        if (state == 0 || layout.disk == StructFields.ABSENT || layout.diskBytes == StructFields.ABSENT) {
            return null;
        }
        long[] sums = new long[2];
        forEachDisk(state, disk -> {
            sums[0] += memory.u64(disk + layout.diskBytes + READ);
            sums[1] += memory.u64(disk + layout.diskBytes + WRITE);
        });
        forEachBelow(cgroup, 0, group -> {
            long own = state(group, layout.diskSubsystem);
            if (own != 0) {
                forEachDisk(own, disk -> addPending(sums, disk));
            }
        });
        return new DiskUse(sums[0], sums[1]);
    }

    private void addPending(long[] sums, long disk) {
        long area = memory.u64(disk + layout.diskPerCpu);
        for (int cpu = 0; cpu < kernel.cpus(); cpu++) {
            long counts = area + kernel.perCpuBase(cpu);
            sums[0] += memory.u64(counts + layout.diskPerCpuBytes + READ)
                    - memory.u64(counts + layout.diskPerCpuAdded + READ);
            sums[1] += memory.u64(counts + layout.diskPerCpuBytes + WRITE)
                    - memory.u64(counts + layout.diskPerCpuAdded + WRITE);
        }
    }

    private void forEachDisk(long state, LongConsumer visitor) {
        scan.lists()
                .chain(
                        "blkcg.blkg_list",
                        memory.u64(state + layout.disks),
                        0,
                        MAXIMUM_DISKS,
                        node -> visitor.accept(node - layout.disk));
    }

    /** State of a subsystem in a group, 0 if the group has none of its own; such a state begins with its {@code css}. */
    private long state(long cgroup, int subsystem) {
        if (subsystem < 0) {
            return 0;
        }
        long state = memory.u64(cgroup + layout.subsystems + (long) subsystem * Long.BYTES);
        return state != 0 && memory.u64(state + layout.subsystemGroup) == cgroup ? state : 0;
    }

    /** Visits a group and all below it. */
    private void forEachBelow(long cgroup, int depth, LongConsumer visitor) {
        if (depth > MAXIMUM_DEPTH) {
            scan.gaps().add(Reason.TOO_MANY, "cgroup.self.children", cgroup);
            return;
        }
        visitor.accept(cgroup);
        scan.lists()
                .ring(
                        "cgroup.self.children",
                        cgroup + layout.children,
                        Scan.MAXIMUM_ENTRIES,
                        node -> forEachBelow(node - layout.sibling, depth + 1, visitor));
    }
}
