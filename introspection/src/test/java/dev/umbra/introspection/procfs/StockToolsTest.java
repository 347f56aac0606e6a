// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Programs that know nothing of us, as the distribution has them, with the {@code /proc} of a snapshot in place of their own, in
 * namespaces of their own.
 */
@EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
class StockToolsTest {
    @TempDir
    Path folder;

    private static List<Snapshot> snapshots() {
        return Snapshot.all().stream()
                .filter(snapshot -> snapshot.name().matches("generic-6.1|cloud-6.1|backports-6.12"))
                .toList();
    }

    @BeforeAll
    static void toolsAreThere() {
        assumeTrue("root".equals(System.getProperty("user.name"))
                && Files.isWritable(Path.of("/dev/fuse"))
                && Stream.of("/usr/bin/fusermount3", "/usr/bin/ps", "/usr/bin/top", "/usr/bin/lsof", "/usr/bin/netstat")
                        .allMatch(program -> Files.isExecutable(Path.of(program))));
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void stockToolsShowTheVm(Snapshot snapshot) throws IOException {
        KernelOpening opening = Kernel.open(snapshot.memory(), snapshot.registers(), new ProfileCache(1));
        ShadowProc proc = ShadowProc.of(() -> ((KernelOpening.Opened) opening).kernel(), Duration.ofDays(1));
        Path mounted = folder.resolve("proc");
        try (ProcMount mount = ProcMount.mount(proc, mounted, ProcMount.Readers.SELF)) {
            List<String> pids = pids(snapshot);

            assertThat(run(mount, "ps", "-e", "-o", "pid=").stream().map(String::strip))
                    .containsExactlyInAnyOrderElementsOf(pids);
            assertThat(run(mount, "ps", "-p", "1", "-o", "comm=")).containsExactly("init");

            List<String> top = run(mount, "top", "-b", "-n1", "-w512");
            assertThat(top.get(1)).contains(pids.size() + " total");
            assertThat(top).anyMatch(line -> line.matches(" *1 root .* init *"));

            List<String> listening = listening(snapshot);
            assertThat(listening).isNotEmpty();
            List<String> lsof = run(mount, "lsof", "-n", "-P");
            List<String> netstat = run(mount, "netstat", "-ant");
            for (String port : listening) {
                assertThat(lsof).anyMatch(line -> line.endsWith(":" + port + " (LISTEN)"));
                assertThat(netstat).anyMatch(line -> line.matches("tcp6? .*:" + port + " .* LISTEN *"));
            }
        }
    }

    /** What a tool says of files of this machine that have the names of the tenant's is not of interest. */
    private static List<String> run(ProcMount mount, String... command) throws IOException {
        List<String> whole = new ArrayList<>(List.of(
                "unshare", "--mount", "--pid", "--fork", "sh", "-c", "mount --bind \"$0\" /proc && exec \"$@\""));
        whole.add(mount.directory().toString());
        whole.addAll(List.of(command));
        Process process = new ProcessBuilder(whole)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.getOutputStream().close();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    private static List<String> pids(Snapshot snapshot) throws IOException {
        try (Stream<Path> all = Files.list(snapshot.folder().resolve("truth/proc"))) {
            return all.map(path -> path.getFileName().toString())
                    .filter(name -> name.matches("[0-9]+"))
                    .toList();
        }
    }

    /** Ports of TCP sockets that listen (state 0A), as the first process of the VM saw them. */
    private static List<String> listening(Snapshot snapshot) throws IOException {
        return Files.readAllLines(snapshot.folder().resolve("truth/proc/1/net/tcp")).stream()
                .map(line -> line.strip().split("\\s+"))
                .filter(fields -> fields.length > 3 && fields[3].equals("0A"))
                .map(fields -> String.valueOf(Integer.parseInt(fields[1].substring(fields[1].indexOf(':') + 1), 16)))
                .distinct()
                .toList();
    }
}
