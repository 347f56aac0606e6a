// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.introspection.kernel.KernelOpening.Opened;
import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Real kernels, as the system property {@code umbra.snapshots} names them. */
@EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
class KernelSnapshotTest {
    private static List<Snapshot> snapshots() {
        return Snapshot.all();
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void kernelIsOpenedByRegisters(Snapshot snapshot) throws IOException {
        KernelOpening opening = Kernel.open(snapshot.memory(), snapshot.registers(), new ProfileCache(4));
        assertThat(opening).isInstanceOf(Opened.class);
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void kernelIsOpenedWithoutRegisters(Snapshot snapshot) throws IOException {
        KernelOpening opening = Kernel.open(snapshot.memory(), List.of(), new ProfileCache(4));
        assertThat(opening).isInstanceOf(Opened.class);
    }
}
