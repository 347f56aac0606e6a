// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Processes and threads of real kernels, field by field as {@code /proc} showed them right before. */
@EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
class ProcessTruthTest {
    private static final long TICK = 10_000_000;
    private static final int INIT = 1;

    private static List<Snapshot> snapshots() {
        return Truth.snapshots();
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void processesAreThoseOfProc(Snapshot snapshot) throws IOException {
        Truth truth = new Truth(snapshot);
        View<Process> view = truth.views.processes();
        truth.complete(view);
        assertThat(view.stream().map(Process::pid).sorted()).isEqualTo(truth.pids());
        view.stream().forEach(process -> {
            String folder = "proc/" + process.pid();
            task(truth, folder, process.task(), process.name());
            status(truth, folder, process);
            statistics(truth, folder, process);
            surroundings(truth, folder, process);
        });
        truth.check();
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void threadsAreThoseOfProc(Snapshot snapshot) throws IOException {
        Truth truth = new Truth(snapshot);
        View<Task> view = truth.views.threads();
        truth.complete(view);
        assertThat(view.stream().map(Task::pid).sorted())
                .isEqualTo(truth.pids().stream()
                        .flatMap(pid -> truth.numbers("proc/" + pid + "/task").stream())
                        .sorted()
                        .toList());
        view.stream()
                .filter(task -> !task.worker())
                .forEach(task -> task(truth, "proc/" + task.tgid() + "/task/" + task.pid(), task, null));
        truth.check();
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void kernelThreadsAreThoseWithoutMemory(Snapshot snapshot) throws IOException {
        Truth truth = new Truth(snapshot);
        View<KernelThread> view = truth.views.kernelThreads();
        truth.complete(view);
        assertThat(view.stream().map(thread -> thread.task().pid()).sorted())
                .isEqualTo(truth.pids().stream()
                        .filter(pid -> !truth.fields("proc/" + pid + "/status").containsKey("VmSize")
                                && !truth.text("proc/" + pid + "/status").contains("zombie"))
                        .toList());
        assertThat(view.stream().filter(thread -> thread.name().startsWith("ksoftirqd/")))
                .extracting(KernelThread::symbol)
                .containsOnly("smpboot_thread_fn");
    }

    /** Init was asleep, but not for long; threads of the kernel went on until its memory was taken. */
    private static boolean atRest(Task task) {
        return task.pid() != INIT && !task.kernelThread();
    }

    private static void task(Truth truth, String folder, Task task, String name) {
        Map<String, String> status = truth.fields(folder + "/status");
        String what = folder + " ";
        if (name != null && !task.worker()) {
            truth.same(what + "Name", status.get("Name"), name.replace("\\", "\\\\"));
        }
        if (atRest(task)) {
            truth.same(
                    what + "State",
                    status.get("State").substring(0, 1),
                    String.valueOf(task.state().letter()));
        }
        truth.same(what + "Tgid", status.get("Tgid"), text(task.tgid()));
        truth.same(what + "Pid", status.get("Pid"), text(task.pid()));
        truth.same(what + "PPid", status.get("PPid"), text(task.parentPid()));
        truth.same(what + "TracerPid", status.get("TracerPid"), text(task.tracerPid()));
        truth.same(what + "NSpid", last(status.get("NSpid")), text(task.namespacePid()));
        Credentials own = task.credentials();
        truth.same(
                what + "Uid",
                status.get("Uid"),
                tabbed(own.uid(), own.effectiveUid(), own.savedUid(), own.fileSystemUid()));
        truth.same(
                what + "Gid",
                status.get("Gid"),
                tabbed(own.gid(), own.effectiveGid(), own.savedGid(), own.fileSystemGid()));
        truth.same(
                what + "Groups",
                status.get("Groups"),
                own.groups().stream().map(String::valueOf).collect(Collectors.joining(" ")));
        truth.same(what + "CapInh", status.get("CapInh"), hexadecimal(own.inheritable()));
        truth.same(what + "CapPrm", status.get("CapPrm"), hexadecimal(own.permitted()));
        truth.same(what + "CapEff", status.get("CapEff"), hexadecimal(own.effective()));
        truth.same(what + "CapBnd", status.get("CapBnd"), hexadecimal(own.bounding()));
        truth.same(what + "CapAmb", status.get("CapAmb"), hexadecimal(own.ambient()));
        String[] stat = stat(truth, folder);
        truth.same(what + "flags", stat[9], Integer.toUnsignedString(task.flags()));
        truth.same(what + "priority", stat[18], text(task.scheduling().priority() - 100));
        truth.same(what + "nice", stat[19], text(task.scheduling().nice()));
        truth.same(what + "starttime", stat[22], String.valueOf(task.startedNanos() / TICK));
        truth.same(what + "rt_priority", stat[40], text(task.scheduling().realTimePriority()));
        truth.same(what + "policy", stat[41], text(task.scheduling().policy()));
        if (atRest(task)) {
            truth.same(what + "processor", stat[39], text(task.scheduling().processor()));
        }
    }

    private static void status(Truth truth, String folder, Process process) {
        Map<String, String> status = truth.fields(folder + "/status");
        String what = folder + " ";
        truth.same(what + "Threads", status.get("Threads"), text(process.threads()));
        if (status.containsKey("VmSize")) {
            MemoryUse memory = process.memory();
            truth.same(what + "VmSize", status.get("VmSize"), kilobytes(memory.virtualSize()));
            truth.same(what + "VmRSS", status.get("VmRSS"), kilobytes(memory.resident()));
            truth.same(what + "RssAnon", status.get("RssAnon"), kilobytes(memory.anonymous()));
            truth.same(what + "RssFile", status.get("RssFile"), kilobytes(memory.file()));
            truth.same(what + "RssShmem", status.get("RssShmem"), kilobytes(memory.shared()));
            truth.same(what + "VmSwap", status.get("VmSwap"), kilobytes(memory.swapped()));
        } else {
            truth.same(what + "mm", MemoryUse.NONE, process.memory());
        }
    }

    private static void statistics(Truth truth, String folder, Process process) {
        String[] stat = stat(truth, folder);
        String what = folder + " ";
        truth.same(what + "pgrp", stat[5], text(process.processGroup()));
        truth.same(what + "session", stat[6], text(process.session()));
        if (atRest(process.task())) {
            truth.same(what + "utime", stat[14], String.valueOf(process.cpu().user() / TICK));
            truth.same(what + "stime", stat[15], String.valueOf(process.cpu().system() / TICK));
        }
    }

    private static void surroundings(Truth truth, String folder, Process process) {
        String what = folder + " ";
        truth.same(what + "exe", truth.link(folder + "/exe"), process.executable());
        if (process.task().state() != TaskState.ZOMBIE) {
            truth.same(what + "cwd", truth.link(folder + "/cwd"), process.workingDirectory());
            truth.same(what + "root", truth.link(folder + "/root"), process.rootDirectory());
        }
        truth.same(
                what + "cmdline",
                truth.text(folder + "/cmdline"),
                process.commandLine().stream().map(argument -> argument + "\0").collect(Collectors.joining()));
        truth.same(
                what + "cgroup",
                truth.lines(folder + "/cgroup"),
                List.of("0::" + process.task().cgroup()));
        Namespaces own = process.task().namespaces();
        Map<String, Long> namespaces = Map.of(
                "mnt", own.mount(),
                "uts", own.uts(),
                "ipc", own.ipc(),
                "net", own.network(),
                "pid", own.pid(),
                "pid_for_children", own.pidForChildren(),
                "user", own.user(),
                "cgroup", own.cgroup(),
                "time", own.time());
        namespaces.forEach((name, number) -> {
            String link = truth.link(folder + "/ns/" + name);
            if (!link.isEmpty()) {
                truth.same(what + name, link, name.replace("_for_children", "") + ":[" + number + "]");
            }
        });
    }

    /** Fields of {@code stat} by their numbers in {@code proc(5)}. */
    private static String[] stat(Truth truth, String folder) {
        String line = truth.text(folder + "/stat").strip();
        int name = line.lastIndexOf(')');
        return Stream.concat(
                        Stream.of("", line.substring(0, line.indexOf(' ')), ""),
                        Arrays.stream(line.substring(name + 2).split(" ")))
                .toArray(String[]::new);
    }

    private static String text(int number) {
        return String.valueOf(number);
    }

    private static String hexadecimal(long set) {
        return String.format("%016x", set);
    }

    private static String kilobytes(long bytes) {
        return bytes / 1024 + " kB";
    }

    private static String last(String numbers) {
        return numbers == null ? null : numbers.substring(numbers.lastIndexOf('\t') + 1);
    }

    private static String tabbed(int... numbers) {
        return Arrays.stream(numbers).mapToObj(Integer::toUnsignedString).collect(Collectors.joining("\t"));
    }
}
