// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import dev.umbra.introspection.view.CpuTime;
import dev.umbra.introspection.view.Credentials;
import dev.umbra.introspection.view.MemoryUse;
import dev.umbra.introspection.view.Process;
import dev.umbra.introspection.view.Task;
import java.util.Locale;

/**
 * {@code stat}, {@code status} and {@code statm} of a process or thread, in the form of fs/proc/array.c. Fields that no
 * view has are 0 where a position must be filled, and left out where lines have names.
 */
final class StatusFiles {
    private static final long PAGE = 4096;
    private static final int PRIORITY_BASE = 100;
    /** Signal to the parent at the end of a process, and of a thread. */
    private static final int SIGCHLD = 17;

    private StatusFiles() {}

    static Text stat(Process process, Task task, CpuTime cpu) {
        Text text = new Text();
        text.add(task.pid()).add(" (").add(Text.escaped(name(process, task))).add(") ");
        text.add(String.valueOf(task.state().letter()));
        text.field(task.parentPid()).field(process.processGroup()).field(process.session());
        text.field(DeviceNumbers.terminal(process.terminal())).field(-1).field(task.flags() & 0xffff_ffffL);
        zeros(text, 4);
        text.field(ticks(cpu.user())).field(ticks(cpu.system()));
        zeros(text, 2);
        text.field(task.scheduling().priority() - PRIORITY_BASE)
                .field(task.scheduling().nice());
        text.field(process.threads()).field(0).field(ticks(task.startedNanos()));
        text.field(process.memory().virtualSize()).field(process.memory().resident() / PAGE);
        text.add(" 18446744073709551615");
        zeros(text, 12);
        text.field(task.leader() ? SIGCHLD : -1).field(task.scheduling().processor());
        text.field(task.scheduling().realTimePriority()).field(task.scheduling().policy());
        zeros(text, 11);
        return text.end();
    }

    static Text status(Process process, Task task) {
        Credentials credentials = task.credentials();
        Text text = new Text();
        text.add("Name:\t").add(Text.escaped(name(process, task))).end();
        text.add("State:\t").add(String.valueOf(task.state().letter()));
        text.add(" (").add(state(task)).add(")").end();
        text.add("Tgid:\t").add(task.tgid()).end();
        text.add("Ngid:\t0").end();
        text.add("Pid:\t").add(task.pid()).end();
        text.add("PPid:\t").add(task.parentPid()).end();
        text.add("TracerPid:\t").add(task.tracerPid()).end();
        identifiers(
                text,
                "Uid",
                credentials.uid(),
                credentials.effectiveUid(),
                credentials.savedUid(),
                credentials.fileSystemUid());
        identifiers(
                text,
                "Gid",
                credentials.gid(),
                credentials.effectiveGid(),
                credentials.savedGid(),
                credentials.fileSystemGid());
        text.add("Groups:\t");
        credentials
                .groups()
                .forEach(group -> text.add(Integer.toUnsignedString(group)).add(" "));
        text.end();
        if (task.namespacePid() != task.pid() && task.leader()) {
            text.add("NStgid:\t")
                    .add(task.tgid())
                    .add("\t")
                    .add(task.namespacePid())
                    .end();
        }
        memory(text, process.memory());
        text.add("Threads:\t").add(process.threads()).end();
        if (credentials.known()) {
            capabilities(text, "CapInh", credentials.inheritable());
            capabilities(text, "CapPrm", credentials.permitted());
            capabilities(text, "CapEff", credentials.effective());
            capabilities(text, "CapBnd", credentials.bounding());
            capabilities(text, "CapAmb", credentials.ambient());
        }
        return text;
    }

    static Text statm(MemoryUse memory) {
        Text text = new Text().add(memory.virtualSize() / PAGE);
        text.field(memory.resident() / PAGE).field((memory.file() + memory.shared()) / PAGE);
        zeros(text, 4);
        return text.end();
    }

    /** Kernel threads may have names of their process longer than those of the task. */
    static String name(Process process, Task task) {
        return task.leader() ? process.name() : task.name();
    }

    private static void memory(Text text, MemoryUse memory) {
        if (memory.address() == 0) {
            return;
        }
        kilobytes(text, "VmSize", memory.virtualSize());
        kilobytes(text, "VmRSS", memory.resident());
        kilobytes(text, "RssAnon", memory.anonymous());
        kilobytes(text, "RssFile", memory.file());
        kilobytes(text, "RssShmem", memory.shared());
        kilobytes(text, "VmSwap", memory.swapped());
    }

    private static void kilobytes(Text text, String name, long bytes) {
        text.add(name).add(":\t").right(bytes >> 10, 8).add(" kB").end();
    }

    private static void identifiers(Text text, String name, int... numbers) {
        text.add(name).add(":");
        for (int number : numbers) {
            text.add("\t").add(Integer.toUnsignedString(number));
        }
        text.end();
    }

    private static void capabilities(Text text, String name, long bits) {
        text.add(name).add(":\t").hex(bits, 16).end();
    }

    private static String state(Task task) {
        return switch (task.state()) {
            case TRACING_STOP -> "tracing stop";
            case DISK_SLEEP -> "disk sleep";
            default -> task.state().name().toLowerCase(Locale.ROOT);
        };
    }

    private static long ticks(long nanos) {
        return nanos / SystemState.NANOS_PER_TICK;
    }

    private static void zeros(Text text, int count) {
        for (int index = 0; index < count; index++) {
            text.field(0);
        }
    }
}
