// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelOpening;
import dev.umbra.introspection.kernel.ProfileCache;
import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The shadow {@code /proc} of real kernels against their own, as the system property {@code umbra.snapshots} names them. */
@EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
class ProcTruthTest {
    /** Fields of {@code stat} that views have, as proc(5) counts them. */
    private static final int[] STAT_FIELDS = {1, 4, 5, 6, 7, 9, 14, 15, 18, 19, 20, 22, 23, 40, 41};

    private static final int FLAGS = 9;
    private static final long KERNEL_THREAD = 0x200000;
    /** Kilobytes that come and go while a machine comes to rest. */
    private static final long MEMORY_IN_MOTION = 8192;

    private static final List<String> STATUS_LINES = List.of(
            "Name",
            "Tgid",
            "Pid",
            "PPid",
            "TracerPid",
            "Uid",
            "Gid",
            "VmSize",
            "VmSwap",
            "Threads",
            "CapInh",
            "CapPrm",
            "CapEff",
            "CapBnd",
            "CapAmb");

    private static final Map<Snapshot, ShadowProc> OPENED = new HashMap<>();

    /** Those with nothing hidden. */
    private static List<Snapshot> snapshots() {
        return Snapshot.all().stream()
                .filter(snapshot -> !snapshot.name().startsWith("rootkit"))
                .toList();
    }

    /** Those that hide a listening socket from the table of its protocol. */
    private static List<Snapshot> snapshotsWithHiddenSockets() {
        return Snapshot.all().stream()
                .filter(snapshot -> snapshot.name().matches("rootkit-(all.*|socket)"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void processesAreThose(Snapshot snapshot) throws IOException {
        assertThat(numbers(proc(snapshot))).containsExactlyElementsOf(truth(snapshot));
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void filesOfProcessesHaveTheSameContent(Snapshot snapshot) throws IOException {
        ShadowProc proc = proc(snapshot);
        SoftAssertions all = new SoftAssertions();
        for (int pid : truth(snapshot)) {
            if (truth(snapshot, pid + "/comm").startsWith("kworker")) {
                continue;
            }
            for (String name : List.of("comm", "cmdline", "cgroup", "maps")) {
                all.assertThat(content(proc, "/" + pid + "/" + name))
                        .as("%s of %s", name, pid)
                        .isEqualTo(truth(snapshot, pid + "/" + name));
            }
            statIsThat(all, pid, content(proc, "/" + pid + "/stat"), truth(snapshot, pid + "/stat"));
            statusIsThat(all, pid, content(proc, "/" + pid + "/status"), truth(snapshot, pid + "/status"));
        }
        all.assertAll();
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void linksLeadToTheSame(Snapshot snapshot) throws IOException {
        ShadowProc proc = proc(snapshot);
        SoftAssertions all = new SoftAssertions();
        for (int pid : truth(snapshot)) {
            for (String folder : List.of("fd", "ns")) {
                all.assertThat(links(proc, "/" + pid + "/" + folder))
                        .as("%s of %s", folder, pid)
                        .isEqualTo(truthLinks(snapshot.folder().resolve("truth/proc/" + pid + "/" + folder)));
            }
        }
        all.assertAll();
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void threadsAreThose(Snapshot snapshot) throws IOException {
        ShadowProc proc = proc(snapshot);
        for (int pid : truth(snapshot)) {
            ProcNode.Directory tasks = (ProcNode.Directory) proc.find("/" + pid + "/task");
            try (Stream<Path> threads = Files.list(snapshot.folder().resolve("truth/proc/" + pid + "/task"))) {
                assertThat(tasks.names())
                        .containsExactlyInAnyOrderElementsOf(
                                threads.map(path -> path.getFileName().toString())
                                        .toList());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void modulesAndVersionAreTheSame(Snapshot snapshot) throws IOException {
        ShadowProc proc = proc(snapshot);
        assertThat(content(proc, "/version")).isEqualTo(truth(snapshot, "version"));
        assertThat(content(proc, "/cmdline")).isEqualTo(truth(snapshot, "cmdline"));
        assertThat(content(proc, "/filesystems")).isEqualTo(truth(snapshot, "filesystems"));
        assertThat(modules(content(proc, "/modules"))).isEqualTo(modules(truth(snapshot, "modules")));
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void socketsAreThose(Snapshot snapshot) throws IOException {
        ShadowProc proc = proc(snapshot);
        for (String table : List.of("tcp", "tcp6", "udp", "udp6", "raw", "raw6")) {
            assertThat(sockets(content(proc, "/net/" + table)))
                    .as(table)
                    .containsExactlyInAnyOrderElementsOf(sockets(truth(snapshot, "1/net/" + table)));
        }
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void mountsAndInterfacesAreThose(Snapshot snapshot) throws IOException {
        ShadowProc proc = proc(snapshot);
        assertThat(columns(content(proc, "/1/mounts"), 0, 1, 2))
                .isEqualTo(columns(truth(snapshot, "1/mounts"), 0, 1, 2));
        assertThat(columns(content(proc, "/1/mountinfo"), 0, 1, 2, 3, 4))
                .isEqualTo(columns(truth(snapshot, "1/mountinfo"), 0, 1, 2, 3, 4));
        assertThat(columns(content(proc, "/1/net/dev"), 0)).isEqualTo(columns(truth(snapshot, "1/net/dev"), 0));
    }

    @ParameterizedTest
    @MethodSource("snapshotsWithHiddenSockets")
    void hiddenSocketsAreShown(Snapshot snapshot) throws IOException {
        assertThat(sockets(content(proc(snapshot), "/net/tcp")))
                .containsExactlyInAnyOrderElementsOf(sockets(truth(snapshot, "1/net/tcp")));
    }

    /** The truth lay in a file in memory while it was written, and was removed before the snapshot. */
    @ParameterizedTest
    @MethodSource("snapshots")
    void memoryIsThatOfTheMoment(Snapshot snapshot) throws IOException {
        ShadowProc proc = proc(snapshot);
        Map<String, Long> truth = amounts(truth(snapshot, "meminfo"));
        long moved = MEMORY_IN_MOTION + sizeOfTruth(snapshot) / 1024;
        amounts(content(proc, "/meminfo"))
                .forEach((name, kilobytes) ->
                        assertThat(kilobytes).as(name).isBetween(truth.get(name) - moved, truth.get(name) + moved));
    }

    private static long sizeOfTruth(Snapshot snapshot) throws IOException {
        try (Stream<Path> files = Files.walk(snapshot.folder().resolve("truth"))) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    private static void statIsThat(SoftAssertions all, int pid, String ours, String truth) {
        List<String> fields = fields(ours);
        List<String> expected = fields(truth);
        all.assertThat(fields).as("stat of %s", pid).hasSameSizeAs(expected);
        for (int field : STAT_FIELDS) {
            if (moves(field) && (pid == 1 || (Long.parseLong(expected.get(FLAGS - 1)) & KERNEL_THREAD) != 0)) {
                continue;
            }
            all.assertThat(fields.get(field - 1))
                    .as("field %s of stat of %s", field, pid)
                    .isEqualTo(expected.get(field - 1));
        }
    }

    private static void statusIsThat(SoftAssertions all, int pid, String ours, String truth) {
        Map<String, String> lines = lines(ours);
        Map<String, String> expected = lines(truth);
        for (String name : STATUS_LINES) {
            all.assertThat(lines.get(name)).as("%s of %s", name, pid).isEqualTo(expected.get(name));
        }
    }

    /** Threads of the kernel, and who takes the truth, go on meanwhile: their state and their time. */
    private static boolean moves(int field) {
        return field == 3 || field == 14 || field == 15;
    }

    /** The name in brackets is one field. */
    private static List<String> fields(String stat) {
        int end = stat.lastIndexOf(')');
        List<String> fields = new ArrayList<>();
        fields.add(stat.substring(0, stat.indexOf(' ')));
        fields.add(stat.substring(stat.indexOf('('), end + 1));
        fields.addAll(List.of(stat.substring(end + 2).strip().split(" ")));
        return fields;
    }

    private static Map<String, String> lines(String text) {
        Map<String, String> lines = new TreeMap<>();
        text.lines().forEach(line -> {
            int colon = line.indexOf(':');
            lines.put(line.substring(0, colon), line.substring(colon + 1));
        });
        return lines;
    }

    private static List<String> columns(String file, int... columns) {
        return file.lines()
                .map(line -> line.strip().split(" +"))
                .map(parts ->
                        Arrays.stream(columns).mapToObj(column -> parts[column]).collect(Collectors.joining(" ")))
                .toList();
    }

    /** Without the number of references, which moves while the truth is written through a device. */
    private static List<String> modules(String file) {
        return file.lines()
                .map(line -> line.replaceFirst("^(\\S+ \\d+) \\d+ ", "$1 "))
                .toList();
    }

    /** Addresses, state, user and inode of each. */
    private static List<String> sockets(String table) {
        return table.lines()
                .skip(1)
                .map(line -> line.strip().split(" +"))
                .map(parts -> String.join(" ", parts[1], parts[2], parts[3], parts[7], parts[9]))
                .toList();
    }

    private static Map<String, Long> amounts(String meminfo) {
        Map<String, Long> amounts = new TreeMap<>();
        lines(meminfo)
                .forEach((name, value) ->
                        amounts.put(name, Long.parseLong(value.strip().split(" ")[0])));
        return amounts;
    }

    private static Map<String, String> links(ShadowProc proc, String directory) {
        Map<String, String> links = new TreeMap<>();
        ProcNode.Directory found = (ProcNode.Directory) proc.find(directory);
        found.names().forEach(name -> links.put(name, ((ProcNode.Link) found.child(name)).target()));
        return links;
    }

    private static Map<String, String> truthLinks(Path directory) throws IOException {
        Map<String, String> links = new TreeMap<>();
        if (Files.isDirectory(directory)) {
            try (Stream<Path> all = Files.list(directory)) {
                // No view has the namespace of clocks that children get.
                for (Path link :
                        all.filter(path -> !path.endsWith("time_for_children")).toList()) {
                    links.put(
                            link.getFileName().toString(),
                            Files.readSymbolicLink(link).toString());
                }
            }
        }
        return links;
    }

    private static List<Integer> numbers(ShadowProc proc) {
        return ((ProcNode.Directory) proc.find("/"))
                .names().stream()
                        .filter(name -> name.matches("[0-9]+"))
                        .map(Integer::valueOf)
                        .toList();
    }

    private static List<Integer> truth(Snapshot snapshot) throws IOException {
        try (Stream<Path> all = Files.list(snapshot.folder().resolve("truth/proc"))) {
            return all.map(path -> path.getFileName().toString())
                    .filter(name -> name.matches("[0-9]+"))
                    .map(Integer::valueOf)
                    .sorted()
                    .toList();
        }
    }

    private static String truth(Snapshot snapshot, String file) throws IOException {
        Path path = snapshot.folder().resolve("truth/proc").resolve(file);
        return Files.exists(path) ? Files.readString(path) : "";
    }

    private static String content(ShadowProc proc, String path) {
        ProcNode node = proc.find(path);
        if (node instanceof ProcNode.Link link) {
            node = proc.find("/" + link.target());
        }
        if (node == null && path.startsWith("/net")) {
            node = proc.find("/1" + path);
        }
        return new String(((ProcNode.Content) node).content().get(), StandardCharsets.UTF_8);
    }

    private static synchronized ShadowProc proc(Snapshot snapshot) throws IOException {
        ShadowProc known = OPENED.get(snapshot);
        if (known != null) {
            return known;
        }
        KernelOpening opening = Kernel.open(snapshot.memory(), snapshot.registers(), new ProfileCache(1));
        assertThat(opening).isInstanceOf(KernelOpening.Opened.class);
        Kernel kernel = ((KernelOpening.Opened) opening).kernel();
        ShadowProc proc = ShadowProc.of(() -> kernel, Duration.ofDays(1));
        OPENED.put(snapshot, proc);
        return proc;
    }
}
