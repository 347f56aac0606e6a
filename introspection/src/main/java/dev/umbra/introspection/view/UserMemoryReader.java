// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.PhysicalMemory;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads what the kernel knows about a process's own memory ({@code linux/mm_types.h}), and its arguments there. */
final class UserMemoryReader {
    private static final class Layout {
        final int pageTable;
        final int totalPages;
        final int counters;
        final int counterSize;
        final int perCpu;
        final int argumentsStart;
        final int argumentsEnd;
        final int environmentStart;
        final int environmentEnd;
        final int executable;
        final int filePath;

        Layout(KernelProfile profile) {
            StructFields mm = new StructFields(profile, "mm_struct");
            pageTable = mm.at("pgd");
            totalPages = mm.at("total_vm");
            boolean atomic = profile.has("mm_rss_stat", "count");
            StructFields counter = new StructFields(profile, atomic ? "mm_rss_stat" : "percpu_counter");
            counters = mm.at("rss_stat") + counter.at("count");
            counterSize = atomic ? Long.BYTES : counter.size();
            perCpu = atomic ? StructFields.ABSENT : counter.at("counters") - counter.at("count");
            argumentsStart = mm.at("arg_start");
            argumentsEnd = mm.at("arg_end");
            environmentStart = mm.at("env_start");
            environmentEnd = mm.at("env_end");
            executable = mm.at("exe_file");
            filePath = profile.offset("file", "f_path");
        }
    }

    private static final int MM_FILEPAGES = 0;
    private static final int MM_ANONPAGES = 1;
    private static final int MM_SWAPENTS = 2;
    private static final int MM_SHMEMPAGES = 3;
    private static final int ARGUMENTS_LIMIT = 32 << 10;
    private static final int TLB_ENTRIES = 16;

    private final Scan scan;
    private final AddressSpace memory;
    private final Layout layout;
    private final Paths paths;

    UserMemoryReader(Scan scan, Paths paths) {
        this.scan = scan;
        this.memory = scan.memory();
        this.layout = scan.layout(Layout.class, Layout::new);
        this.paths = paths;
    }

    /** @param mm address of the {@code struct mm_struct} */
    MemoryUse use(long mm) {
        return new MemoryUse(
                mm,
                memory.physical(memory.u64(mm + layout.pageTable)),
                memory.u64(mm + layout.totalPages) * PhysicalMemory.PAGE,
                counter(mm, MM_ANONPAGES),
                counter(mm, MM_FILEPAGES),
                counter(mm, MM_SHMEMPAGES),
                counter(mm, MM_SWAPENTS));
    }

    /** As {@code get_mm_counter_sum}: with what each processor has not yet added, and never less than nothing. */
    private long counter(long mm, int counter) {
        long address = mm + layout.counters + (long) counter * layout.counterSize;
        long pages = memory.u64(address);
        long area = layout.perCpu == StructFields.ABSENT ? 0 : memory.u64(address + layout.perCpu);
        for (int cpu = 0; area != 0 && cpu < scan.kernel().cpus(); cpu++) {
            pages += memory.u32(area + scan.kernel().perCpuBase(cpu));
        }
        return Math.max(pages, 0) * PhysicalMemory.PAGE;
    }

    /** Path of the program, empty if there is none. */
    String executable(long mm) {
        long file = memory.u64(mm + layout.executable);
        return scan.part("mm_struct.exe_file", file, "", address -> paths.path(address + layout.filePath));
    }

    /**
     * The arguments as {@code /proc/PID/cmdline} shows them ({@code get_mm_cmdline}): a process that has overwritten its last
     * zero has made one long title of them, which may reach into its environment.
     */
    List<String> arguments(long mm) {
        long start = memory.u64(mm + layout.argumentsStart);
        long end = memory.u64(mm + layout.argumentsEnd);
        if (Long.compareUnsigned(start, end) >= 0) {
            return List.of();
        }
        byte[] bytes = copy(mm, start, end);
        boolean whole = bytes.length == end - start;
        if (!whole || bytes[bytes.length - 1] == 0) {
            return split(bytes);
        }
        long environmentEnd = memory.u64(mm + layout.environmentEnd);
        boolean title = memory.u64(mm + layout.environmentStart) == end
                && Long.compareUnsigned(environmentEnd, end) > 0
                && Long.compareUnsigned(environmentEnd - start, ARGUMENTS_LIMIT) <= 0;
        return List.of(untilZero(title ? copy(mm, start, environmentEnd) : bytes));
    }

    private byte[] copy(long mm, long start, long end) {
        long wanted = end - start;
        int length = (int) (wanted < 0 ? ARGUMENTS_LIMIT : Math.min(wanted, ARGUMENTS_LIMIT));
        if (length != wanted) {
            scan.gaps().add(Reason.TOO_MANY, "command line", start);
        }
        byte[] bytes = new byte[length];
        long table = memory.physical(memory.u64(mm + layout.pageTable));
        long done = 0;
        if (table >= 0) {
            AddressSpace user = new AddressSpace(memory.memory(), table, memory.paging(), TLB_ENTRIES);
            done = user.available(start, MemorySegment.ofArray(bytes));
        }
        if (done < length) {
            scan.gaps().add(Reason.UNREADABLE, "command line", start + done);
        }
        return done == length ? bytes : Arrays.copyOf(bytes, (int) done);
    }

    private List<String> split(byte[] bytes) {
        List<String> arguments = new ArrayList<>();
        int from = 0;
        for (int at = 0; at < bytes.length; at++) {
            if (bytes[at] == 0) {
                arguments.add(text(bytes, from, at));
                from = at + 1;
            }
        }
        if (from < bytes.length) {
            arguments.add(text(bytes, from, bytes.length));
        }
        return arguments;
    }

    private String text(byte[] bytes, int from, int to) {
        return scan.kept(new String(bytes, from, to - from, StandardCharsets.UTF_8));
    }

    private String untilZero(byte[] bytes) {
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return text(bytes, 0, end);
    }
}
