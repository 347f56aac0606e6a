// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.introspection.detect.Baseline;
import dev.umbra.introspection.detect.Detectors;
import dev.umbra.introspection.detect.Scan;
import dev.umbra.introspection.detect.ScanResult;
import dev.umbra.introspection.kernel.Kernel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the test rootkit did to a kernel is found in one scan and named; in kernels without it nothing is found. */
@Order(2)
class RootkitSnapshotsIT {
    static List<KernelSnapshot> clean() {
        return KernelSnapshot.clean();
    }

    static List<KernelSnapshot> withRootkit() {
        return KernelSnapshot.withRootkit();
    }

    @ParameterizedTest
    @MethodSource("clean")
    void test_scan_cleanKernel_findsNothingAndMissesNothing(KernelSnapshot snapshot) {
        Kernel kernel = snapshot.open();

        ScanResult first = scan(kernel, snapshot, Baseline.NONE);
        ScanResult second = scan(kernel, snapshot, first.baseline());

        for (ScanResult result : List.of(first, second)) {
            assertThat(named(result)).isEmpty();
            assertThat(result.gaps()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("withRootkit")
    void test_scan_kernelWithRootkit_namesEachTrick(KernelSnapshot snapshot) {
        List<String> found = named(scan(snapshot.open(), snapshot, Baseline.NONE));

        List<String> unnoticed = new ArrayList<>();
        snapshot.tricks().forEach((parameter, value) -> {
            RootkitTrick trick = RootkitTrick.named(parameter);
            if (!trick.needsBaseline() && found.stream().noneMatch(finding -> finding.matches(trick.finding(value)))) {
                unnoticed.add(trick + ": " + trick.finding(value));
            }
        });
        assertThat(unnoticed).as("of %s", found).isEmpty();
    }

    /** A trick is not taken for another one. */
    @ParameterizedTest
    @MethodSource("withRootkit")
    void test_scan_kernelWithRootkit_findsNothingElse(KernelSnapshot snapshot) {
        List<String> found = named(scan(snapshot.open(), snapshot, Baseline.NONE));

        List<String> kinds = snapshot.tricks().keySet().stream()
                .map(trick -> RootkitTrick.named(trick).kind().name())
                .toList();
        assertThat(found).allSatisfy(finding -> assertThat(kinds).contains(finding.split(" ")[0]));
    }

    private static ScanResult scan(Kernel kernel, KernelSnapshot snapshot, Baseline baseline) {
        return new Scan(Detectors.standard()).run(kernel, snapshot.registers(), baseline);
    }

    private static List<String> named(ScanResult result) {
        return result.sightings().stream()
                .map(sighting -> sighting.kind() + " " + sighting.subject())
                .toList();
    }
}
