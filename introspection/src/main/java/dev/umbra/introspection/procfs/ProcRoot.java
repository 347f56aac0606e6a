// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import dev.umbra.introspection.view.Process;
import dev.umbra.introspection.view.Task;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The root of a shadow {@code /proc}. As in a real one, processes are listed in the order of their numbers, and a thread's
 * number is found without being listed. {@code self} leads to the first process, since whoever looks runs elsewhere.
 */
final class ProcRoot implements ProcNode.Directory {
    private record Entry(Process process, Task thread) {}

    private final Map<String, Entry> tasks = new HashMap<>();
    private final Map<String, Directory> made = new ConcurrentHashMap<>();
    private final Listing files = new Listing(ROOT);
    private final List<String> names = new ArrayList<>();
    private final ProcessDirectory directories;

    ProcRoot(ProcSnapshot snapshot) {
        directories = new ProcessDirectory(snapshot);
        List<Process> processes = snapshot.processes().stream()
                .sorted(Comparator.comparingInt(Process::pid))
                .toList();
        for (Process process : processes) {
            snapshot.threads(process).forEach(thread -> tasks.put(number(thread.pid()), new Entry(process, thread)));
        }
        for (Process process : processes) {
            tasks.put(number(process.pid()), new Entry(process, process.task()));
        }
        new SystemFiles(snapshot).addTo(files);
        if (!processes.isEmpty()) {
            Process first = processes.getFirst();
            files.with("self", new ProcNode.Link(ROOT, number(first.pid())));
            files.with("thread-self", new ProcNode.Link(ROOT, first.pid() + "/task/" + first.pid()));
            files.with("mounts", new ProcNode.Link(ROOT, "self/mounts"));
            files.with("net", new ProcNode.Link(ROOT, "self/net"));
        }
        names.addAll(files.names());
        processes.stream().map(process -> number(process.pid())).distinct().forEach(names::add);
    }

    private static String number(int pid) {
        return Integer.toString(pid);
    }

    @Override
    public Collection<String> names() {
        return names;
    }

    @Override
    public ProcNode child(String name) {
        Entry entry = tasks.get(name);
        return entry == null ? files.child(name) : made.computeIfAbsent(name, any -> directory(entry));
    }

    private Directory directory(Entry entry) {
        return entry.thread().leader()
                ? directories.of(entry.process())
                : directories.of(entry.process(), entry.thread());
    }
}
