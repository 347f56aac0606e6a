// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.gdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelOpening.Opened;
import dev.umbra.introspection.kernel.ProfileCache;
import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The real {@code gdb} reads real kernels. */
@EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
class GdbClientTest {
    private static final Path GDB = Path.of("/usr/bin/gdb");

    @TempDir
    Path directory;

    @BeforeAll
    static void gdbIsInstalled() {
        assumeTrue(Files.isExecutable(GDB));
    }

    private static List<Snapshot> snapshots() {
        return Snapshot.all().stream()
                .filter(snapshot -> !snapshot.hasRootkit())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void banner_processors_and_holes_are_shown(Snapshot snapshot) throws Exception {
        Kernel kernel = ((Opened) Kernel.open(snapshot.memory(), snapshot.registers(), new ProfileCache(1))).kernel();
        Path socket = directory.resolve("vm.gdb");
        String banner = "0x" + Long.toHexString(kernel.profile().requireSymbol("linux_banner"));
        String said;
        try (GdbServer server = GdbServer.at(socket, new DebuggedMachine(kernel, snapshot.registers()))) {
            said = gdb(
                    "target remote " + server.address(),
                    "info threads",
                    "x/s " + banner,
                    "x/1xb 0xffff800000000000",
                    "set var *(int *) " + banner + " = 0",
                    "thread 2",
                    "p/x $rsp",
                    "p $rax",
                    "monitor slide",
                    "x/s " + banner,
                    "detach");
        }

        assertThat(said)
                .containsPattern("(?s)Linux version 6\\..*Linux version 6\\.")
                .contains("(CPU 0)", "(CPU 1)")
                .contains("Cannot access memory at address 0xffff800000000000")
                .contains("Cannot access memory at address " + banner)
                .contains("= 0x" + Long.toHexString(snapshot.registers().get(1).rsp()))
                .contains("<unavailable>")
                .contains("0x" + Long.toHexString(kernel.slide()))
                .contains("detached");
    }

    private String gdb(String... commands) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(GDB.toString(), "-nx", "-batch", "-q"));
        for (String command : commands) {
            line.addAll(List.of("-ex", command));
        }
        Path output = directory.resolve("output");
        new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .start()
                .waitFor();
        return Files.readString(output, StandardCharsets.UTF_8);
    }
}
