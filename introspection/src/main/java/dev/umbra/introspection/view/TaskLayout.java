// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.KernelProfile;

/** Where the fields of tasks are ({@code linux/sched.h}, {@code linux/sched/signal.h}, {@code linux/pid.h}). */
final class TaskLayout {
    final int state;
    final int exitState;
    final int flags;
    final int ptrace;
    final int mm;
    final int tasks;
    final int pid;
    final int tgid;
    final int realParent;
    final int parent;
    final int threadPid;
    final int threadNode;
    final int userTime;
    final int systemTime;
    final int shownTime;
    final int runtime;
    final int startTime;
    final int realCredentials;
    final int name;
    final int files;
    final int fileSystem;
    final int namespaceProxy;
    final int signal;
    final int policy;
    final int priority;
    final int staticPriority;
    final int realTimePriority;
    final int processor;
    final int cgroups;
    final int kernelThread;
    final int disk;

    final int signalThreads;
    final int signalUserTime;
    final int signalSystemTime;
    final int signalRuntime;
    final int signalShownTime;
    final int signalPids;
    final int signalTerminal;
    final int signalDisk;

    final int shownUser;
    final int shownSystem;
    final int diskRead;
    final int diskWritten;
    final int pidLevel;
    final int pidNumbers;
    final int numberSize;
    final int number;
    final int numberNamespace;
    final int fileSystemRoot;
    final int fileSystemWorking;
    final int terminalName;
    final int threadFunction;
    final int threadData;
    final int threadFullName;
    final int workerPool;
    final int workerCurrent;
    final int workerDescription;
    final int workerDescriptionSize;

    TaskLayout(KernelProfile profile) {
        StructFields task = new StructFields(profile, "task_struct");
        state = task.first("__state", "state");
        exitState = task.at("exit_state");
        flags = task.at("flags");
        ptrace = task.at("ptrace");
        mm = task.at("mm");
        tasks = task.at("tasks");
        pid = task.at("pid");
        tgid = task.at("tgid");
        realParent = task.at("real_parent");
        parent = task.at("parent");
        threadPid = task.at("thread_pid");
        threadNode = task.at("thread_node");
        userTime = task.at("utime");
        systemTime = task.at("stime");
        shownTime = task.at("prev_cputime");
        runtime = task.at("se.sum_exec_runtime");
        startTime = task.first("start_boottime", "real_start_time");
        realCredentials = task.at("real_cred");
        name = task.at("comm");
        files = task.at("files");
        fileSystem = task.at("fs");
        namespaceProxy = task.at("nsproxy");
        signal = task.at("signal");
        policy = task.at("policy");
        priority = task.at("prio");
        staticPriority = task.at("static_prio");
        realTimePriority = task.at("rt_priority");
        processor = task.first("thread_info.cpu", "cpu");
        cgroups = task.optional("cgroups");
        kernelThread = task.first("worker_private", "set_child_tid");
        disk = task.optional("ioac");

        StructFields signals = new StructFields(profile, "signal_struct");
        signalThreads = signals.at("thread_head");
        signalUserTime = signals.at("utime");
        signalSystemTime = signals.at("stime");
        signalRuntime = signals.at("sum_sched_runtime");
        signalShownTime = signals.at("prev_cputime");
        signalPids = signals.at("pids");
        signalTerminal = signals.at("tty");
        signalDisk = signals.optional("ioac");

        StructFields shown = new StructFields(profile, "prev_cputime");
        shownUser = shown.at("utime");
        shownSystem = shown.at("stime");
        StructFields accounting = new StructFields(profile, "task_io_accounting");
        diskRead = accounting.optional("read_bytes");
        diskWritten = accounting.optional("write_bytes");
        StructFields numbered = new StructFields(profile, "pid");
        pidLevel = numbered.at("level");
        pidNumbers = numbered.at("numbers");
        StructFields numbers = new StructFields(profile, "upid");
        numberSize = numbers.size();
        number = numbers.at("nr");
        numberNamespace = numbers.at("ns");
        fileSystemRoot = profile.offset("fs_struct", "root");
        fileSystemWorking = profile.offset("fs_struct", "pwd");
        terminalName = new StructFields(profile, "tty_struct").at("name");
        StructFields thread = new StructFields(profile, "kthread");
        threadFunction = thread.optional("threadfn");
        threadData = thread.at("data");
        threadFullName = thread.optional("full_name");
        StructFields worker = new StructFields(profile, "worker");
        workerPool = worker.at("pool");
        workerCurrent = worker.at("current_work");
        workerDescription = worker.at("desc");
        workerDescriptionSize = worker.bytes("desc");
    }
}
