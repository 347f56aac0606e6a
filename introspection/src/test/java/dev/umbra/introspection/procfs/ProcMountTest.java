// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small tree through the kernel's FUSE. */
class ProcMountTest {
    private static final long SOCKET = 4711;

    @TempDir
    Path folder;

    private final AtomicInteger epochs = new AtomicInteger();

    @BeforeAll
    static void fuseIsThere() {
        assumeTrue(Files.isWritable(Path.of("/dev/fuse"))
                && Files.isExecutable(Path.of("/usr/bin/fusermount3"))
                && (Files.isReadable(Path.of("/proc/self/mem")) && "root".equals(System.getProperty("user.name"))));
    }

    private ProcNode.Directory tree() {
        int epoch = epochs.incrementAndGet();
        ProcNode.Owner owner = new ProcNode.Owner(1001, 1002);
        return new Listing(ProcNode.ROOT)
                .with("uptime", () -> new Text().add(epoch).end())
                .with("large", () -> new Text().add("x".repeat(300_000)).end())
                .with("broken", new ProcNode.Content(owner, () -> {
                    throw new IllegalStateException("a view that fails");
                }))
                .with("self", new ProcNode.Link(ProcNode.ROOT, "1"))
                .with(
                        "1",
                        new Listing(owner)
                                .with("comm", () -> new Text().add("init").end())
                                .with("3", new ProcNode.Link(owner, "socket:[4711]"))
                                .with("socket:[4711]", new ProcNode.Anonymous(owner, FileType.SOCKET | 0777, SOCKET)));
    }

    @Test
    void programsSeeFilesLinksAndOwners() throws IOException {
        ShadowProc proc = new ShadowProc(this::tree, InstantSource.system(), Duration.ofDays(1));
        Path mounted = folder.resolve("proc");
        try (ProcMount mount = ProcMount.mount(proc, mounted, ProcMount.Readers.SELF)) {
            assertThat(mount.directory()).isEqualTo(mounted);
            try (Stream<Path> names = Files.list(mounted)) {
                assertThat(names.map(path -> path.getFileName().toString()))
                        .containsExactly("uptime", "large", "broken", "self", "1");
            }
            assertThat(mounted.resolve("uptime")).hasContent("1\n");
            assertThat(Files.size(mounted.resolve("uptime"))).isZero();
            assertThat(Files.readAllBytes(mounted.resolve("large"))).hasSize(300_001);
            assertThat(mounted.resolve("self/comm")).hasContent("init\n");
            assertThat(Files.getAttribute(mounted.resolve("1"), "unix:uid")).isEqualTo(1001);
            assertThat(Files.readSymbolicLink(mounted.resolve("1/3"))).hasToString("socket:[4711]");
            assertThat(Files.getAttribute(mounted.resolve("1/3"), "unix:ino")).isEqualTo(SOCKET);
            assertThat(mounted.resolve("2")).doesNotExist();
            assertThatThrownBy(() -> Files.readString(mounted.resolve("broken")))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> Files.writeString(mounted.resolve("uptime"), "0"))
                    .isInstanceOf(IOException.class);
            assertThat(proc.failures()).isPositive();
        }
        assertThat(mounted).isEmptyDirectory();
    }

    @Test
    void anEpochEndsWhenItIsOldAndTheRootIsListed() throws IOException {
        ShadowProc proc = new ShadowProc(this::tree, InstantSource.system(), Duration.ZERO);
        Path mounted = folder.resolve("proc");
        try (ProcMount mount = ProcMount.mount(proc, mounted, ProcMount.Readers.SELF)) {
            String before = Files.readString(mount.directory().resolve("uptime"));
            assertThat(mounted.resolve("uptime")).hasContent(before);
            try (Stream<Path> names = Files.list(mounted)) {
                assertThat(names).isNotEmpty();
            }
            assertThat(Integer.parseInt(
                            Files.readString(mounted.resolve("uptime")).strip()))
                    .isGreaterThan(Integer.parseInt(before.strip()));
        }
    }

    @Test
    void whoAsksForHimselfIsShownTheFirst() throws IOException {
        ShadowProc proc = new ShadowProc(this::tree, InstantSource.system(), Duration.ofDays(1));
        Path mounted = folder.resolve("proc");
        try (ProcMount mount = ProcMount.mount(proc, mounted, ProcMount.Readers.SELF)) {
            Process shell = new ProcessBuilder(
                            "sh", "-c", "cd " + mount.directory() + " && read name < $$/comm && echo $name")
                    .start();
            assertThat(new String(shell.getInputStream().readAllBytes()).strip())
                    .isEqualTo("init");
            assertThat(mounted.resolve("999999")).doesNotExist();
        }
    }
}
