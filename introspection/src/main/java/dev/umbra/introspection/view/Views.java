// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.UnknownKernel;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.Unreadable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;

/**
 * What a kernel knows, each list read anew when it is asked for. For one thread, like the kernel it reads.
 *
 * <p>A view is what the kernel's lists say while they are read. It is no moment in time unless the machine stands still, and it
 * is no truth: a tenant may have taken an entry off a list or put another on. To notice that, compare views that come from
 * different places, such as {@link #sockets} and {@link #openSockets}.
 *
 * <p>No call throws because of what is in memory. Every walk is bounded, by list and altogether; what was left out and why is in
 * the view's gaps.
 */
public final class Views {
    private final Kernel kernel;

    public Views(Kernel kernel) {
        this.kernel = Objects.requireNonNull(kernel, "kernel");
    }

    /** All processes, those of the kernel among them. */
    public View<Process> processes() {
        return view("processes", (scan, processes) -> {
            TaskReader tasks = new TaskReader(scan);
            ProcessReader reader = new ProcessReader(scan, tasks);
            tasks.forEachLeader(leader -> processes.add(reader.read(leader)));
        });
    }

    /** All threads of all processes, main threads among them. */
    public View<Task> threads() {
        return view("threads", (scan, threads) -> {
            TaskReader tasks = new TaskReader(scan);
            tasks.forEachLeader(leader -> tasks.forEachThread(leader, thread -> threads.add(tasks.read(thread))));
        });
    }

    /** The threads of one process. */
    public View<Task> threads(Process process) {
        return view("threads", (scan, threads) -> {
            TaskReader tasks = new TaskReader(scan);
            tasks.forEachThread(process.task().address(), thread -> threads.add(tasks.read(thread)));
        });
    }

    /** Threads of the kernel, by their own flags, and what they run. */
    public View<KernelThread> kernelThreads() {
        return view("kernel threads", (scan, threads) -> {
            TaskReader tasks = new TaskReader(scan);
            ProcessReader reader = new ProcessReader(scan, tasks);
            tasks.forEachLeader(leader -> {
                if (tasks.kernelThread(leader)) {
                    Process thread = reader.read(leader);
                    long function = reader.function(thread.task());
                    String symbol = function == 0
                            ? ""
                            : kernel.profile().symbolAt(function).orElse("");
                    threads.add(new KernelThread(thread.task(), thread.name(), function, symbol));
                }
            });
        });
    }

    /** Files that processes have open, by process and descriptor. */
    public View<OpenFile> openFiles() {
        return view("open files", (scan, files) -> {
            FileReader reader = new FileReader(scan);
            forEachDescriptor(
                    scan,
                    reader,
                    (pid, descriptor, file, closeOnExec) -> files.add(reader.read(pid, descriptor, file, closeOnExec)));
        });
    }

    /** Files that one process has open, by descriptor. */
    public View<OpenFile> openFiles(Process process) {
        return view("open files", (scan, files) -> {
            FileReader reader = new FileReader(scan);
            reader.forEach(
                    new TaskReader(scan).files(process.task().address()),
                    (descriptor, file, closeOnExec) ->
                            files.add(reader.read(process.pid(), descriptor, file, closeOnExec)));
        });
    }

    /** Sockets in the tables of their protocols: what {@code /proc/net} shows, of all network namespaces. */
    public View<Socket> sockets() {
        return view("sockets", (scan, sockets) -> new SocketTables(scan, new SocketReader(scan), sockets::add).walk());
    }

    /** Sockets that processes have open, by process and descriptor. */
    public View<Socket> openSockets() {
        return view("open sockets", (scan, sockets) -> {
            FileReader files = new FileReader(scan);
            SocketReader reader = new SocketReader(scan);
            forEachDescriptor(scan, files, (pid, descriptor, file, closeOnExec) -> {
                long socket = files.socket(file);
                if (socket != 0) {
                    sockets.add(reader.behind(socket).foundAt(pid, descriptor));
                }
            });
        });
    }

    /** Modules, the youngest first. */
    public View<Module> modules() {
        return view("modules", (scan, modules) -> {
            ModuleReader reader = new ModuleReader(scan);
            reader.forEach(module -> modules.add(reader.read(module)));
        });
    }

    /** Areas of a process's memory, by address. */
    public View<MemoryMap> memoryMaps(Process process) {
        return view(
                "memory maps",
                (scan, maps) -> new MemoryMapReader(scan)
                        .forEach(process.pid(), process.memory().address(), maps::add));
    }

    /** Mounts of all mount namespaces that a process is in. */
    public View<Mount> mounts() {
        return view("mounts", (scan, mounts) -> new MountReader(scan).forEach(new TaskReader(scan), mounts::add));
    }

    /** The kernel's log, the oldest first. */
    public View<LogRecord> kernelLog() {
        return view("kernel log", (scan, records) -> new KernelLogReader(scan).forEach(records::add));
    }

    /** Network interfaces of all network namespaces. */
    public View<NetworkInterface> interfaces() {
        return view("network interfaces", (scan, interfaces) -> new InterfaceReader(scan).forEach(interfaces::add));
    }

    /** Loaded eBPF programs, by their numbers. */
    public View<BpfProgram> bpfPrograms() {
        return view("eBPF programs", (scan, programs) -> new BpfReader(scan).forEach(programs::add));
    }

    /** Containers. */
    public View<Container> containers() {
        return view("containers", (scan, containers) -> new ContainerReader(scan).forEach(containers::add));
    }

    @FunctionalInterface
    private interface DescriptorVisitor {
        void descriptor(int pid, int descriptor, long file, boolean closeOnExec);
    }

    private static void forEachDescriptor(Scan scan, FileReader files, DescriptorVisitor visitor) {
        TaskReader tasks = new TaskReader(scan);
        tasks.forEachLeader(leader -> {
            int pid = tasks.tgid(leader);
            files.forEach(
                    tasks.files(leader),
                    (descriptor, file, closeOnExec) -> visitor.descriptor(pid, descriptor, file, closeOnExec));
        });
    }

    private <T> View<T> view(String what, BiConsumer<Scan, List<T>> read) {
        Scan scan = new Scan(kernel);
        List<T> entries = new ArrayList<>();
        try {
            read.accept(scan, entries);
        } catch (Unreadable hole) {
            scan.gaps().add(Reason.UNREADABLE, what, hole.address());
        } catch (UnknownKernel unknown) {
            scan.gaps().add(Reason.UNKNOWN_TO_KERNEL, what + ": " + unknown.getMessage(), 0);
        }
        return new View<>(entries, scan.gaps().toList());
    }
}
