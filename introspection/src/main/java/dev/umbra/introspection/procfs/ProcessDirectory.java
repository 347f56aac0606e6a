// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import dev.umbra.introspection.view.CpuTime;
import dev.umbra.introspection.view.MemoryMap;
import dev.umbra.introspection.view.Mount;
import dev.umbra.introspection.view.Namespaces;
import dev.umbra.introspection.view.Process;
import dev.umbra.introspection.view.Task;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** {@code /proc/PID} and {@code /proc/PID/task/TID}. */
final class ProcessDirectory {
    private static final int NAME_COLUMN = 73;

    private final ProcSnapshot snapshot;
    private final Map<Long, Listing> networks = new ConcurrentHashMap<>();

    ProcessDirectory(ProcSnapshot snapshot) {
        this.snapshot = snapshot;
    }

    ProcNode.Directory of(Process process) {
        return common(process, process.task(), process.cpu()).with("task", tasks(process));
    }

    /** What {@code /proc} shows under the number of a thread, without listing it. */
    ProcNode.Directory of(Process process, Task thread) {
        return common(process, thread, thread.cpu()).with("task", tasks(process));
    }

    private ProcNode.Directory tasks(Process process) {
        Map<String, Task> threads = new LinkedHashMap<>();
        snapshot.threads(process).forEach(thread -> threads.put(Integer.toString(thread.pid()), thread));
        return new ProcNode.Directory() {
            @Override
            public Owner owner() {
                return ownerOf(process.task());
            }

            @Override
            public Collection<String> names() {
                return threads.keySet();
            }

            @Override
            public ProcNode child(String name) {
                Task thread = threads.get(name);
                return thread == null ? null : common(process, thread, thread.cpu());
            }
        };
    }

    private Listing common(Process process, Task task, CpuTime cpu) {
        ProcNode.Owner owner = ownerOf(task);
        Listing listing = new Listing(owner)
                .with("stat", () -> StatusFiles.stat(process, task, cpu))
                .with("status", () -> StatusFiles.status(process, task))
                .with("statm", () -> StatusFiles.statm(process.memory()))
                .with(
                        "comm",
                        () -> new Text().add(StatusFiles.name(process, task)).end())
                .with("cmdline", () -> commandLine(process))
                .with("cgroup", () -> new Text().add("0::").add(task.cgroup()).end())
                .with("maps", () -> maps(process))
                .with("mounts", () -> mounts(task.namespaces().mount()))
                .with("mountinfo", () -> mountInformation(task.namespaces().mount()))
                .with("fd", Descriptors.links(owner, snapshot.files(process)))
                .with("fdinfo", Descriptors.information(owner, snapshot.files(process)))
                .with("ns", namespaces(owner, task.namespaces()))
                .with("net", network(task.namespaces().network()));
        if (!process.executable().isEmpty()) {
            listing.with("exe", new ProcNode.Link(owner, process.executable()));
        }
        return listing;
    }

    private Listing network(long namespace) {
        return networks.computeIfAbsent(namespace, any -> new NetworkDirectory(snapshot, namespace).listing());
    }

    private static Text commandLine(Process process) {
        Text text = new Text();
        process.commandLine().forEach(argument -> text.add(argument).add("\0"));
        return text.raw();
    }

    private Text maps(Process process) {
        Text text = new Text();
        for (MemoryMap map : snapshot.maps(process)) {
            text.hex(map.start(), 8).add("-").hex(map.end(), 8).add(" ").add(map.permissions());
            text.add(" ").hex(map.offset(), 8).add(" ");
            DeviceNumbers.add(text, map.device());
            text.add(" ").add(Long.toUnsignedString(map.inode())).add(" ");
            if (!map.name().isEmpty()) {
                text.column(NAME_COLUMN).add(map.name().replace("\n", "\\012"));
            }
            text.end();
        }
        return text;
    }

    private Text mounts(long namespace) {
        Text text = new Text();
        for (Mount mount : snapshot.mounts(namespace)) {
            text.add(path(mount.source()))
                    .add(" ")
                    .add(path(mount.mountPoint()))
                    .add(" ")
                    .add(path(mount.type()));
            text.add(" ").add(options(mount)).add(" 0 0").end();
        }
        return text;
    }

    private Text mountInformation(long namespace) {
        Text text = new Text();
        for (Mount mount : snapshot.mounts(namespace)) {
            text.add(mount.id())
                    .field(mount.parentId())
                    .add(" ")
                    .add(mount.device().toString());
            text.add(" ")
                    .add(path(mount.root()))
                    .add(" ")
                    .add(path(mount.mountPoint()))
                    .add(" ")
                    .add(mount.options());
            if (mount.peerGroup() != 0) {
                text.add(" shared:").add(mount.peerGroup());
            }
            if (mount.masterGroup() != 0) {
                text.add(" master:").add(mount.masterGroup());
            }
            text.add(" - ").add(path(mount.type())).add(" ").add(path(mount.source()));
            text.add(" ").add(mount.superOptions()).end();
        }
        return text;
    }

    /** {@code mounts} has the options of file system and mount in one, the right to write only once. */
    private static String options(Mount mount) {
        String own = mount.options();
        String rest = mount.superOptions().replaceFirst("^r[wo],?", "");
        return rest.isEmpty() ? own : own + "," + rest;
    }

    /** As {@code mangle_path} in fs/seq_file.c. */
    private static String path(String name) {
        return name.replace("\\", "\\134")
                .replace(" ", "\\040")
                .replace("\t", "\\011")
                .replace("\n", "\\012");
    }

    private static ProcNode.Directory namespaces(ProcNode.Owner owner, Namespaces namespaces) {
        Map<String, Long> numbers = new LinkedHashMap<>();
        numbers.put("cgroup", namespaces.cgroup());
        numbers.put("ipc", namespaces.ipc());
        numbers.put("mnt", namespaces.mount());
        numbers.put("net", namespaces.network());
        numbers.put("pid", namespaces.pid());
        numbers.put("pid_for_children", namespaces.pidForChildren());
        numbers.put("time", namespaces.time());
        numbers.put("user", namespaces.user());
        numbers.put("uts", namespaces.uts());
        numbers.values().removeIf(number -> number == 0);
        return new NamespaceLinks(owner, numbers);
    }

    private static ProcNode.Owner ownerOf(Task task) {
        return task.credentials().known()
                ? new ProcNode.Owner(
                        task.credentials().effectiveUid(), task.credentials().effectiveGid())
                : ProcNode.ROOT;
    }

    /** Links such as {@code net:[4026531840]}, and what they lead to. */
    private record NamespaceLinks(Owner owner, Map<String, Long> numbers) implements ProcNode.Directory {
        @Override
        public Collection<String> names() {
            return numbers.keySet();
        }

        @Override
        public ProcNode child(String name) {
            Long number = numbers.get(name);
            if (number != null) {
                return new ProcNode.Link(owner, target(name, number));
            }
            for (Map.Entry<String, Long> entry : numbers.entrySet()) {
                if (name.equals(target(entry.getKey(), entry.getValue()))) {
                    return new ProcNode.Anonymous(ProcNode.ROOT, FileType.REGULAR | 0444, entry.getValue());
                }
            }
            return null;
        }

        private static String target(String name, long number) {
            return (name.equals("pid_for_children") ? "pid" : name) + ":[" + number + "]";
        }
    }
}
