// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelOpening.Opened;
import dev.umbra.introspection.kernel.ProfileCache;
import dev.umbra.introspection.kernel.UnknownKernel;
import dev.umbra.introspection.kernel.structures.Gap;
import dev.umbra.introspection.memory.FuzzedMachine;
import dev.umbra.introspection.memory.Snapshot;
import dev.umbra.introspection.memory.Unreadable;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * A real kernel with a few words changed that a detector reads: every look ends and throws nothing but what a scan expects.
 * Detectors that look at each byte of the kernel's image have a test of their own, because they let few inputs pass in the time
 * of many.
 */
@EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
class DetectorsFuzzTest {
    private static final List<Detector> ALL = Detectors.forCloudVm(FakeKnownVms.NONE);
    private static final Set<String> THOROUGH = Set.of(
            "kernel-text",
            "read-only-function-pointers",
            "function-pointers",
            "zeroed-function-pointers",
            "system-call-tables");

    private static FuzzedMachine machine;
    private static List<VcpuRegisters> registers;
    private static Kernel kernel;
    private static Baseline baseline;
    private static Map<Detector, long[]> places;

    @FuzzTest(maxDuration = "20s")
    void structures(FuzzedDataProvider data) throws IOException {
        scan(data, false);
    }

    @FuzzTest(maxDuration = "10s")
    void image(FuzzedDataProvider data) throws IOException {
        scan(data, true);
    }

    private static void scan(FuzzedDataProvider data, boolean thorough) throws IOException {
        if (kernel == null) {
            open(Snapshot.all().getFirst());
        }
        Detector detector = data.pickValue(ALL.stream()
                .filter(each -> THOROUGH.contains(each.name()) == thorough)
                .toList());
        Baseline previous = data.consumeBoolean() ? baseline : Baseline.NONE;
        machine.change(data, places.get(detector));
        try {
            look(detector, previous);
        } finally {
            machine.restore();
        }
    }

    /** As a scan does it, but once. */
    private static void look(Detector detector, Baseline previous) {
        kernel.memory().invalidate();
        Examination.Round round = new Examination.Round(kernel, registers, previous);
        Examination examination = new Examination(round, Scan.MAXIMUM_SIGHTINGS);
        try {
            detector.examine(examination);
        } catch (Unreadable | UnknownKernel partial) {
            examination.gap(Gap.Reason.UNREADABLE, partial.getMessage(), 0);
        }
        round.baseline();
    }

    private static void open(Snapshot snapshot) throws IOException {
        machine = new FuzzedMachine(snapshot.memory());
        registers = snapshot.registers();
        kernel = ((Opened) Kernel.open(machine.memory(), registers, new ProfileCache(1))).kernel();
        baseline = new Scan(ALL).run(kernel, registers, Baseline.NONE).baseline();
        places = new HashMap<>();
        for (Detector detector : ALL) {
            places.put(
                    detector,
                    machine.read(
                            memory -> new Scan(List.of(detector)).run(kernel.over(memory), registers, Baseline.NONE)));
        }
    }
}
