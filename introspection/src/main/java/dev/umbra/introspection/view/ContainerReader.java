// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.memory.AddressSpace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Groups processes into containers. The kernel knows none; what engines have in common is that they give the processes of one a
 * control-group namespace or at least a pid namespace of their own, which services of a host do not have. The root of that
 * namespace, or else the group of its first process, is what the container's use is counted in.
 */
final class ContainerReader {
    private static final class Layout {
        final int namespaceProxy;
        final int cgroups;
        final int uts;
        final int hostName;
        final int hostNameSize;
        final int cgroup;
        final int cgroupRoot;
        final int network;
        final int four;
        final int six;
        final int receivedOctets;
        final int sentOctets;

        Layout(KernelProfile profile) {
            namespaceProxy = profile.offset("task_struct", "nsproxy");
            cgroups = profile.offset("task_struct", "cgroups");
            StructFields proxy = new StructFields(profile, "nsproxy");
            uts = proxy.at("uts_ns");
            hostName = profile.offset("uts_namespace", "name.nodename");
            hostNameSize = profile.field("uts_namespace", "name.nodename").size();
            cgroup = proxy.at("cgroup_ns");
            cgroupRoot = profile.offset("cgroup_namespace", "root_cset");
            network = proxy.at("net_ns");
            StructFields net = new StructFields(profile, "net");
            four = net.optional("mib.ip_statistics");
            six = net.optional("mib.ipv6_statistics");
            receivedOctets = counter(profile, "IPSTATS_MIB_INOCTETS");
            sentOctets = counter(profile, "IPSTATS_MIB_OUTOCTETS");
        }

        private static int counter(KernelProfile profile, String constant) {
            long index = profile.constant(constant).orElse(StructFields.ABSENT);
            return index < 0 ? StructFields.ABSENT : (int) index * Long.BYTES;
        }
    }

    /** Namespaces by which the processes of one container belong together. */
    private record Key(long cgroupNamespace, long pidNamespace) {}

    private final Scan scan;
    private final Kernel kernel;
    private final AddressSpace memory;
    private final Layout layout;
    private final TaskReader tasks;
    private final CgroupReader cgroups;

    ContainerReader(Scan scan) {
        this.scan = scan;
        this.kernel = scan.kernel();
        this.memory = scan.memory();
        this.layout = scan.layout(Layout.class, Layout::new);
        this.tasks = new TaskReader(scan);
        this.cgroups = new CgroupReader(scan);
    }

    void forEach(Consumer<Container> visitor) {
        Task host = tasks.read(scan.symbol("init_task"));
        Map<Key, List<Task>> members = new LinkedHashMap<>();
        tasks.forEachLeader(leader -> {
            Task task = tasks.read(leader);
            Key key = key(task.namespaces(), host.namespaces());
            if (key != null) {
                members.computeIfAbsent(key, unused -> new ArrayList<>()).add(task);
            }
        });
        members.forEach((key, group) -> {
            Container container =
                    scan.part("container", group.getFirst().address(), null, unused -> container(key, group, host));
            if (container != null) {
                visitor.accept(container);
            }
        });
    }

    /** Null for processes of the host, and for those that have ended. */
    private static Key key(Namespaces own, Namespaces host) {
        if (own.mount() == 0) {
            return null;
        }
        if (own.cgroup() != host.cgroup()) {
            return new Key(own.cgroup(), 0);
        }
        return own.pid() == host.pid() ? null : new Key(0, own.pid());
    }

    private Container container(Key key, List<Task> members, Task host) {
        Task first = members.stream()
                .filter(task -> task.namespacePid() == 1)
                .findFirst()
                .orElse(members.getFirst());
        long proxy = memory.u64(first.address() + layout.namespaceProxy);
        long cssSet = key.cgroupNamespace() == 0
                ? memory.u64(first.address() + layout.cgroups)
                : memory.u64(memory.u64(proxy + layout.cgroup) + layout.cgroupRoot);
        String path = tasks.cgroups().path(cssSet);
        long cgroup = tasks.cgroups().group(cssSet);
        ContainerName name = ContainerName.of(path);
        OptionalLong none = OptionalLong.empty();
        DiskUse disk = scan.part("blkcg", cgroup, null, cgroups::disk);
        boolean ownNetwork = first.namespaces().network() != host.namespaces().network();
        long net = memory.u64(proxy + layout.network);
        return new Container(
                name.name(),
                name.engine(),
                path,
                first.namespaces(),
                scan.text(memory.u64(proxy + layout.uts) + layout.hostName, layout.hostNameSize),
                members.stream().map(Task::tgid).toList(),
                scan.part("cgroup.rstat_cpu", cgroup, none, cgroups::cpu),
                scan.part("mem_cgroup", cgroup, none, cgroups::memory),
                disk == null ? none : OptionalLong.of(disk.read()),
                disk == null ? none : OptionalLong.of(disk.written()),
                ownNetwork ? octets(net, layout.receivedOctets) : none,
                ownNetwork ? octets(net, layout.sentOctets) : none);
    }

    /** A counter of both versions of the Internet Protocol ({@code net/netns/mib.h}), kept by each processor for itself. */
    private OptionalLong octets(long net, int counter) {
        if (layout.four == StructFields.ABSENT || counter == StructFields.ABSENT) {
            return OptionalLong.empty();
        }
        return scan.part("netns_mib", net, OptionalLong.empty(), at -> {
            long sum = sum(memory.u64(at + layout.four) + counter);
            long six = layout.six == StructFields.ABSENT ? 0 : memory.u64(at + layout.six);
            return OptionalLong.of(six == 0 ? sum : sum + sum(six + counter));
        });
    }

    private long sum(long perCpu) {
        long sum = 0;
        for (int cpu = 0; cpu < kernel.cpus(); cpu++) {
            sum += memory.u64(perCpu + kernel.perCpuBase(cpu));
        }
        return sum;
    }
}
