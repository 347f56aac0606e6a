// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelOpening.Opened;
import dev.umbra.introspection.kernel.ProfileCache;
import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Real kernels, as the system property {@code umbra.snapshots} names them; those with a rootkit have it in their name. */
@EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
class SnapshotScanTest {
    private static final ProfileCache PROFILES = new ProfileCache(8);

    private static List<Snapshot> clean() {
        return Snapshot.all().stream()
                .filter(snapshot -> !snapshot.name().contains("rootkit"))
                .toList();
    }

    private static List<Snapshot> tamperedInEveryWay() {
        return Snapshot.all().stream()
                .filter(snapshot -> snapshot.name().startsWith("rootkit-all"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("clean")
    void clean_kernel_has_no_finding(Snapshot snapshot) throws IOException {
        ScanResult result = scan(snapshot);

        assertThat(result.sightings()).isEmpty();
        assertThat(result.gaps()).isEmpty();
        assertThat(result.examined()).contains(FindingKind.PROCESS_HIDDEN, FindingKind.KERNEL_TEXT_CHANGED);
    }

    @ParameterizedTest
    @MethodSource("tamperedInEveryWay")
    void every_trick_is_found_and_named(Snapshot snapshot) throws IOException {
        ScanResult result = scan(snapshot);

        assertThat(result.sightings())
                .extracting(found -> found.kind() + " " + found.subject())
                .contains(
                        "MODULE_HIDDEN module test_rootkit",
                        "SYSTEM_CALL_HOOKED sys_call_table[62]",
                        "SYSTEM_CALL_ENTRY_MOVED processor 0",
                        "INTERRUPT_HOOKED vector 4",
                        "FTRACE_HOOK tcp4_seq_show",
                        "FUNCTION_POINTER_HOOKED udp_seq_ops+0x18",
                        "KERNEL_TEXT_CHANGED __x64_sys_sysinfo",
                        "KERNEL_TEXT_CHANGED dummy_change_carrier [dummy]")
                .filteredOn(found -> found.matches("KPROBE_HOOK __x64_sys_getdents64(\\+0x.)? by test_rootkit"))
                .hasSize(2);
        assertThat(result.sightings())
                .extracting(found -> found.kind())
                .contains(
                        FindingKind.PROCESS_HIDDEN,
                        FindingKind.SOCKET_HIDDEN,
                        FindingKind.NETFILTER_HOOKED,
                        FindingKind.CREDENTIALS_CHANGED)
                .doesNotContain(FindingKind.CODE_WITHOUT_OWNER);
    }

    private static ScanResult scan(Snapshot snapshot) throws IOException {
        Opened opening = (Opened) Kernel.open(snapshot.memory(), snapshot.registers(), PROFILES);
        Kernel kernel = opening.kernel();
        return new Scan(Detectors.standard()).run(kernel, snapshot.registers(), Baseline.NONE);
    }
}
