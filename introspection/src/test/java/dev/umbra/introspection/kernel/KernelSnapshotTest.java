// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.kernel.KernelOpening.Opened;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Snapshot;
import dev.umbra.introspection.memory.Translation.Mapped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Real kernels, as the system property {@code umbra.snapshots} names them, against what they said of themselves. */
@EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
class KernelSnapshotTest {
    private static final ProfileCache CACHE = new ProfileCache(4);
    private static final int MOST_TASKS = 10_000;

    private static List<Snapshot> snapshots() {
        return Snapshot.all();
    }

    private static List<Snapshot> clean() {
        return Snapshot.all().stream()
                .filter(snapshot -> !snapshot.hasRootkit())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void kernel_is_found_by_registers_and_without_them(Snapshot snapshot) throws IOException {
        Kernel byRegisters = open(snapshot, snapshot.registers());
        Kernel byScan = open(snapshot, List.of());

        assertThat(byScan.profile().textBase()).isEqualTo(byRegisters.profile().textBase());
        assertThat(byScan.profile().buildId())
                .isEqualTo(byRegisters.profile().buildId())
                .matches("[0-9a-f]{40}");
        assertThat(byScan.memory().root()).isEqualTo(byRegisters.memory().root());
        assertThat(snapshot.truth("proc/version"))
                .containsExactly(byRegisters.profile().banner());
        assertThat(byRegisters.slide() & 0x1f_ffff).isZero();
        assertThat(byRegisters.cpus()).isGreaterThanOrEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("clean")
    void symbols_are_those_of_proc_kallsyms(Snapshot snapshot) throws IOException {
        KernelProfile profile = open(snapshot, snapshot.registers()).profile();

        List<String> ours = profile.symbols()
                .map(symbol -> String.format("%016x %c %s", symbol.address(), symbol.type(), symbol.name()))
                .toList();

        assertThat(ours)
                .isEqualTo(snapshot.truth("proc/kallsyms").stream()
                        .filter(line -> line.indexOf('\t') < 0)
                        .limit(ours.size())
                        .toList());
        for (VcpuRegisters vcpu : snapshot.registers()) {
            assertThat(profile.symbolAt(vcpu.lstar())).contains("entry_SYSCALL_64");
            assertThat(profile.symbolAt(vcpu.lstar() + 1)).contains("entry_SYSCALL_64+0x1");
        }
    }

    @ParameterizedTest
    @MethodSource("clean")
    void types_are_those_of_sys(Snapshot snapshot) throws IOException {
        Kernel kernel = open(snapshot, snapshot.registers());
        KernelProfile profile = kernel.profile();
        long start = profile.requireSymbol("__start_BTF");
        byte[] types = kernel.memory().bytes(start, (int) (profile.requireSymbol("__stop_BTF") - start));

        assertThat(types).isEqualTo(Files.readAllBytes(snapshot.folder().resolve("truth/sys/kernel/btf/vmlinux")));
        assertThat(profile.enumValue("pid_type", "PIDTYPE_SID")).hasValue(3);
        assertThat(profile.field("task_struct", "comm").size()).isEqualTo(16);
        assertThat(profile.field("task_struct", "in_execve").bitSize()).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("clean")
    void tasks_are_those_of_proc(Snapshot snapshot) throws IOException {
        Kernel kernel = open(snapshot, snapshot.registers());
        KernelProfile profile = kernel.profile();
        AddressSpace memory = kernel.memory();
        int tasks = profile.offset("task_struct", "tasks");
        Field number = profile.field("task_struct", "tgid");
        long head = profile.requireSymbol("init_task") + tasks;

        Set<String> found = new TreeSet<>();
        for (long next = memory.u64(head); next != head && found.size() < MOST_TASKS; next = memory.u64(next)) {
            found.add(Long.toString(number.read(memory, next - tasks)));
        }

        try (Stream<Path> folders = Files.list(snapshot.folder().resolve("truth/proc"))) {
            assertThat(found)
                    .containsAll(folders.map(folder -> folder.getFileName().toString())
                            .filter(name -> Character.isDigit(name.charAt(0)))
                            .toList());
        }
    }

    @ParameterizedTest
    @MethodSource("clean")
    void text_is_executable_and_read_only_data_is_not(Snapshot snapshot) throws IOException {
        Kernel kernel = open(snapshot, snapshot.registers());

        Mapped text = (Mapped) kernel.memory().translate(kernel.profile().requireSymbol("_stext"));
        Mapped constants = (Mapped) kernel.memory().translate(kernel.profile().requireSymbol("linux_banner"));

        assertThat(text.executable()).isTrue();
        assertThat(text.writable()).isFalse();
        assertThat(text.user()).isFalse();
        assertThat(constants.executable()).isFalse();
        assertThat(constants.writable()).isFalse();
        assertThat(text.physical()).isEqualTo(kernel.physicalOf(kernel.profile().requireSymbol("_stext")));
        for (VcpuRegisters vcpu : snapshot.registers()) {
            assertThat(kernel.user(kernel.kernelRoot(vcpu))
                            .physical(kernel.profile().requireSymbol("_stext")))
                    .isEqualTo(text.physical());
        }
    }

    private static Kernel open(Snapshot snapshot, List<VcpuRegisters> registers) throws IOException {
        KernelOpening opening = Kernel.open(snapshot.memory(), registers, CACHE);
        assertThat(opening).isInstanceOf(Opened.class);
        return ((Opened) opening).kernel();
    }
}
