// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelOpening.Opened;
import dev.umbra.introspection.kernel.ProfileCache;
import dev.umbra.introspection.kernel.structures.Gap;
import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clean kernels that are changed between two scans, and kernels whose memory is damaged at random. */
@EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
class TamperingTest {
    private static final ProfileCache PROFILES = new ProfileCache(8);
    private static final int DAMAGES = 12;
    private static final long SIZE = 128 << 20;

    private static List<Snapshot> clean() {
        return Snapshot.all().stream()
                .filter(snapshot -> !snapshot.name().contains("rootkit"))
                .limit(3)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("clean")
    void one_byte_of_code_and_of_constants_is_noticed_and_named(Snapshot snapshot) throws IOException {
        PatchedMemory memory = new PatchedMemory(snapshot.memory());
        Kernel kernel = open(memory, snapshot.registers());
        Scan scan = new Scan(Detectors.standard());
        Baseline baseline =
                scan.run(kernel, snapshot.registers(), Baseline.NONE).baseline();
        memory.write(physical(kernel, "commit_creds") + 0x40, 0xcc);
        memory.write(physical(kernel, "linux_banner") + 3, 'U');

        ScanResult result = scan.run(kernel, snapshot.registers(), baseline);

        assertThat(result.sightings())
                .hasSize(2)
                .anyMatch(found -> found.kind() == FindingKind.KERNEL_TEXT_CHANGED
                        && found.subject().equals("commit_creds"))
                .anyMatch(found -> found.kind() == FindingKind.KERNEL_DATA_CHANGED
                        && found.subject().contains("linux_banner"));
    }

    @ParameterizedTest
    @MethodSource("clean")
    void one_byte_of_a_module_is_noticed_and_named(Snapshot snapshot) throws IOException {
        PatchedMemory memory = new PatchedMemory(snapshot.memory());
        Kernel kernel = open(memory, snapshot.registers());
        Scan scan = new Scan(Detectors.standard());
        Baseline baseline =
                scan.run(kernel, snapshot.registers(), Baseline.NONE).baseline();
        long function = inModule(kernel, snapshot, "dummy_change_carrier") + 0x10;
        long constant = inModule(kernel, snapshot, "dummy_netdev_ops") + 0x18;
        memory.write(kernel.memory().physical(function), kernel.memory().u8(function) ^ 1);
        memory.write(kernel.memory().physical(constant), kernel.memory().u8(constant) ^ 1);

        ScanResult result = scan.run(kernel, snapshot.registers(), baseline);

        assertThat(result.sightings())
                .hasSize(2)
                .anyMatch(found -> found.kind() == FindingKind.KERNEL_TEXT_CHANGED
                        && found.subject().contains("dummy_change_carrier [dummy]"))
                .anyMatch(found -> found.kind() == FindingKind.KERNEL_DATA_CHANGED
                        && found.subject().contains("dummy_netdev_ops [dummy]"));
    }

    @ParameterizedTest
    @MethodSource("clean")
    void module_that_was_loaded_again_is_another_one(Snapshot snapshot) throws IOException {
        PatchedMemory memory = new PatchedMemory(snapshot.memory());
        Kernel kernel = open(memory, snapshot.registers());
        Scan scan = new Scan(Detectors.standard());
        Baseline baseline =
                scan.run(kernel, snapshot.registers(), Baseline.NONE).baseline();
        Modules.Module module = dummy(kernel, snapshot);
        long function = inModule(kernel, snapshot, "dummy_change_carrier") + 0x10;
        long entry = kernel.memory().u64(module.address() + kernel.profile().offset("module", "mkobj.kobj.sd"))
                + kernel.profile().offset("kernfs_node", "id");
        memory.write(kernel.memory().physical(function), kernel.memory().u8(function) ^ 1);
        memory.writeLong(kernel.memory().physical(entry), 1L << 32 | 77);

        ScanResult loaded = scan.run(kernel, snapshot.registers(), baseline);
        memory.write(kernel.memory().physical(function), kernel.memory().u8(function) ^ 1);
        ScanResult changed = scan.run(kernel, snapshot.registers(), loaded.baseline());

        assertThat(loaded.sightings()).isEmpty();
        assertThat(changed.sightings()).extracting(Sighting::kind).containsExactly(FindingKind.KERNEL_TEXT_CHANGED);
    }

    /** What was not watched is not known: each module in memory has to be. */
    @ParameterizedTest
    @MethodSource("clean")
    void every_module_is_watched(Snapshot snapshot) throws IOException {
        PatchedMemory memory = new PatchedMemory(snapshot.memory());
        Kernel kernel = open(memory, snapshot.registers());
        Scan scan = new Scan(List.of(new ModuleText()));
        Baseline baseline =
                scan.run(kernel, snapshot.registers(), Baseline.NONE).baseline();
        List<Modules.Module> modules =
                List.copyOf(examination(kernel, snapshot).modules().all());
        for (Modules.Module module : modules) {
            long place =
                    module.text().getFirst().base() + module.text().getFirst().size() - 1;
            memory.write(kernel.memory().physical(place), 0x5a);
        }

        ScanResult result = scan.run(kernel, snapshot.registers(), baseline);

        assertThat(result.sightings()).hasSize(Math.min(modules.size(), Scan.MAXIMUM_SIGHTINGS));
    }

    @ParameterizedTest
    @MethodSource("clean")
    void jump_label_may_change_to_its_other_form_and_to_no_third(Snapshot snapshot) throws IOException {
        PatchedMemory memory = new PatchedMemory(snapshot.memory());
        Kernel kernel = open(memory, snapshot.registers());
        Scan scan = new Scan(List.of(new KernelText()));
        Baseline baseline =
                scan.run(kernel, snapshot.registers(), Baseline.NONE).baseline();
        long entry = labelWithLongNop(kernel);
        long code = entry + kernel.memory().u32(entry);
        long target = entry + 4 + kernel.memory().u32(entry + 4);
        int distance = (int) (target - code - 5);
        memory.write(kernel.memory().physical(code), 0xe9, distance, distance >> 8, distance >> 16, distance >> 24);
        ScanResult switched = scan.run(kernel, snapshot.registers(), baseline);
        memory.write(kernel.memory().physical(code) + 1, distance + 1);
        ScanResult diverted = scan.run(kernel, snapshot.registers(), baseline);

        assertThat(switched.sightings()).isEmpty();
        assertThat(diverted.sightings()).extracting(Sighting::kind).containsExactly(FindingKind.KERNEL_TEXT_CHANGED);
    }

    @ParameterizedTest
    @MethodSource("clean")
    void rights_that_came_from_nowhere_are_noticed(Snapshot snapshot) throws IOException {
        PatchedMemory memory = new PatchedMemory(snapshot.memory());
        Kernel kernel = open(memory, snapshot.registers());
        Scan scan = new Scan(List.of(new CredentialChanges()));
        Baseline baseline =
                scan.run(kernel, snapshot.registers(), Baseline.NONE).baseline();
        long user = credentialsOfSomeUser(kernel);
        memory.writeLong(
                kernel.memory().physical(user + kernel.profile().offset("cred", "cap_permitted")), 0x1ff_ffff_ffffL);

        ScanResult result = scan.run(kernel, snapshot.registers(), baseline);
        ScanResult still = scan.run(kernel, snapshot.registers(), result.baseline());

        assertThat(result.sightings()).extracting(Sighting::kind).contains(FindingKind.CREDENTIALS_CHANGED);
        assertThat(still.sightings()).hasSameSizeAs(result.sightings());
    }

    /** A virtualized system without KVM may run its VMs by other means. */
    @ParameterizedTest
    @MethodSource("clean")
    void claims_of_a_system_without_kvm_cannot_be_compared_and_a_gap_says_so(Snapshot snapshot) throws IOException {
        PatchedMemory memory = new PatchedMemory(snapshot.memory());
        Kernel kernel = open(memory, snapshot.registers());

        ScanResult result =
                new Scan(Detectors.forCloudVm(FakeKnownVms.NONE)).run(kernel, snapshot.registers(), Baseline.NONE);

        assertThat(result.sightings()).isEmpty();
        assertThat(result.gaps().get("cloud-vm-claims")).extracting(Gap::what).contains("kvm_vcpu_cache");
    }

    /** Damage where the kernel keeps its data, so that lists and tables break, not only programs. */
    @ParameterizedTest
    @MethodSource("clean")
    void damaged_memory_ends_in_a_result(Snapshot snapshot) throws IOException {
        SplittableRandom random = new SplittableRandom(snapshot.name().hashCode());
        PatchedMemory memory = new PatchedMemory(snapshot.memory());
        Kernel kernel = open(memory, snapshot.registers());
        Scan scan = new Scan(Detectors.forCloudVm(FakeKnownVms.NONE));
        Baseline baseline = Baseline.NONE;
        for (int damage = 0; damage < DAMAGES; damage++) {
            for (int word = 0; word < 500; word++) {
                long place = random.nextLong(SIZE / Long.BYTES) * Long.BYTES;
                memory.writeLong(place, hostile(random, kernel));
            }
            ScanResult result = scan.run(kernel, snapshot.registers(), baseline);
            baseline = result.baseline();
            assertThat(result.durations()).hasSize(Detectors.standard().size() + 1);
        }
    }

    private static long hostile(SplittableRandom random, Kernel kernel) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> kernel.directMap(random.nextLong(1 << 28) & -8);
            case 2 -> kernel.profile().textBase() + random.nextInt(1 << 25);
            default -> random.nextInt();
        };
    }

    private static Kernel open(PatchedMemory memory, List<VcpuRegisters> registers) {
        return ((Opened) Kernel.open(memory, registers, PROFILES)).kernel();
    }

    private static long physical(Kernel kernel, String symbol) {
        return kernel.memory().physical(kernel.profile().requireSymbol(symbol));
    }

    private static Examination examination(Kernel kernel, Snapshot snapshot) throws IOException {
        return new Examination(new Examination.Round(kernel, snapshot.registers(), Baseline.NONE), 1);
    }

    private static Modules.Module dummy(Kernel kernel, Snapshot snapshot) throws IOException {
        return examination(kernel, snapshot).modules().all().stream()
                .filter(module -> module.name().equals("dummy"))
                .findFirst()
                .orElseThrow();
    }

    private static long inModule(Kernel kernel, Snapshot snapshot, String symbol) throws IOException {
        return ModuleSymbols.find(examination(kernel, snapshot), "dummy", symbol)
                .orElseThrow();
    }

    private static long labelWithLongNop(Kernel kernel) {
        long text = kernel.profile().requireSymbol("_stext");
        long size = kernel.profile().requireSymbol("_etext") - text;
        for (long entry = kernel.profile().requireSymbol("__start___jump_table"); ; entry += 16) {
            long code = entry + kernel.memory().u32(entry);
            if (Long.compareUnsigned(code - text, size) < 0
                    && (code & 0xfff) < 0xff0
                    && kernel.memory().u32(code) == 0x00441f0f) {
                return entry;
            }
        }
    }

    private static long credentialsOfSomeUser(Kernel kernel) {
        int link = kernel.profile().offset("task_struct", "tasks");
        long head = kernel.profile().requireSymbol("init_task") + link;
        for (long node = kernel.memory().u64(head);
                node != head;
                node = kernel.memory().u64(node)) {
            long credentials =
                    kernel.memory().u64(node - link + kernel.profile().offset("task_struct", "real_cred"));
            if (kernel.memory().u32(credentials + kernel.profile().offset("cred", "uid")) != 0) {
                return credentials;
            }
        }
        throw new AssertionError("nobody but root");
    }
}
