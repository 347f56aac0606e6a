// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.truth;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A process, as {@code /proc/PID} shows it, without what changes while it sleeps.
 *
 * @param name of a worker of the kernel without the work it did last
 * @param namespacePid its number in its own namespace
 * @param uids real, effective, saved and that for files; {@code gids} likewise
 * @param capabilities inheritable, permitted, effective, bounding and ambient
 * @param startedTicks after the boot, in hundredths of a second
 * @param namespaces inode numbers by the names of {@code /proc/PID/ns}
 * @param virtualSize in KiB
 */
public record TrueProcess(
        int pid,
        int parentPid,
        int tracerPid,
        int namespacePid,
        String name,
        char state,
        List<Integer> uids,
        List<Integer> gids,
        List<Integer> groups,
        List<Long> capabilities,
        int threads,
        int processGroup,
        int session,
        int priority,
        int nice,
        int realTimePriority,
        int policy,
        long startedTicks,
        String cgroup,
        SortedMap<String, Long> namespaces,
        String executable,
        List<String> commandLine,
        long virtualSize) {
    /** Names that {@link #namespaces} has. */
    public static final List<String> NAMESPACES =
            List.of("mnt", "uts", "ipc", "net", "pid", "pid_for_children", "user", "cgroup", "time");

    private static final List<String> CAPABILITIES = List.of("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb");
    private static final String WORKER = "kworker/";

    /** All processes by their numbers. */
    public static SortedMap<Integer, TrueProcess> all(Truth truth) {
        return truth.pids().stream()
                .collect(Collectors.toMap(
                        Function.identity(),
                        pid -> read(truth, pid),
                        (first, second) -> {
                            throw new IllegalStateException("one number for two: " + first);
                        },
                        TreeMap::new));
    }

    /** The name of a worker without what it works on, any other name as it is. */
    public static String settled(String name) {
        return name.startsWith(WORKER) ? name.split("[-+]", 2)[0] : name;
    }

    /** Whether it is a worker of the kernel, which comes and goes as there is work. */
    public boolean worker() {
        return name.startsWith(WORKER);
    }

    /** The same in another state. */
    public TrueProcess in(char otherState) {
        return new TrueProcess(
                pid,
                parentPid,
                tracerPid,
                namespacePid,
                name,
                otherState,
                uids,
                gids,
                groups,
                capabilities,
                threads,
                processGroup,
                session,
                priority,
                nice,
                realTimePriority,
                policy,
                startedTicks,
                cgroup,
                namespaces,
                executable,
                commandLine,
                virtualSize);
    }

    private static TrueProcess read(Truth truth, int pid) {
        String folder = "proc/" + pid + "/";
        Map<String, String> status = truth.lines(folder + "status").stream()
                .map(line -> line.split(":\\s*", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        String stat = truth.text(folder + "stat");
        // From the third field on: the second, the name, may have anything in it.
        String[] numbers = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        SortedMap<String, Long> namespaces = new TreeMap<>();
        NAMESPACES.forEach(kind -> namespaces.put(kind, truth.namespace(pid, kind)));
        return new TrueProcess(
                pid,
                Integer.parseInt(status.get("PPid")),
                Integer.parseInt(status.get("TracerPid")),
                integers(status.getOrDefault("NSpid", "0")).getLast(),
                settled(truth.text(folder + "comm").stripTrailing()),
                numbers[0].charAt(0),
                integers(status.get("Uid")),
                integers(status.get("Gid")),
                integers(status.get("Groups")),
                CAPABILITIES.stream()
                        .map(set -> Long.parseUnsignedLong(status.get(set), 16))
                        .toList(),
                Integer.parseInt(status.get("Threads")),
                field(numbers, 5),
                field(numbers, 6),
                field(numbers, 18),
                field(numbers, 19),
                field(numbers, 40),
                field(numbers, 41),
                Long.parseLong(numbers[22 - 3]),
                truth.text(folder + "cgroup").strip().replaceFirst("^0::", ""),
                namespaces,
                truth.link(folder + "exe"),
                commandLine(truth.bytes(folder + "cmdline").orElseThrow()),
                kibibytes(status.getOrDefault("VmSize", "0 kB")));
    }

    private static int field(String[] numbers, int number) {
        return Integer.parseInt(numbers[number - 3]);
    }

    private static List<Integer> integers(String text) {
        return Arrays.stream(text.strip().split("\\s+"))
                .filter(number -> !number.isEmpty())
                .map(Integer::parseUnsignedInt)
                .toList();
    }

    private static long kibibytes(String text) {
        return Long.parseLong(text.replace("kB", "").strip());
    }

    private static List<String> commandLine(byte[] arguments) {
        if (arguments.length == 0) {
            return List.of();
        }
        int length = arguments[arguments.length - 1] == 0 ? arguments.length - 1 : arguments.length;
        return List.of(new String(arguments, 0, length, StandardCharsets.UTF_8).split("\0", -1));
    }
}
