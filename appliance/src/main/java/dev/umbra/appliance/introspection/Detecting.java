// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.appliance.introspection.InspectedVm.Hold;
import dev.umbra.appliance.introspection.Inspector.Detection;
import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.detect.Baseline;
import dev.umbra.introspection.detect.Detector;
import dev.umbra.introspection.detect.ScanResult;
import dev.umbra.introspection.kernel.Kernel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Runs the detectors over the kernel of one VM and keeps what they remember from scan to scan. The VM is held, within the budget, only
 * for the last look at something suspicious.
 */
final class Detecting {
    private final dev.umbra.introspection.detect.Scan detectors;
    private final InspectedVm vm;
    private final Duration longestPause;
    private Baseline baseline = Baseline.NONE;

    /** @param pause how long the VM was held */
    record Result(Detection detection, Duration pause) {}

    Detecting(InspectedVm vm, List<Detector> detectors, Duration longestPause) {
        this.detectors = new dev.umbra.introspection.detect.Scan(detectors);
        this.vm = vm;
        this.longestPause = longestPause;
    }

    /** @param registers with which the kernel was opened; L0 is asked again only for what is looked at again */
    Result detect(Kernel kernel, List<VcpuRegisters> registers, Inspector.Watcher watcher) {
        List<Duration> pauses = new ArrayList<>();
        ScanResult found = detectors.run(kernel, registers, new Running(pauses), baseline, detector -> watcher.saw(0));
        baseline = found.baseline();
        Stream<Gap> gaps = found.gaps().values().stream().flatMap(List::stream).map(Facts::of);
        Stream<Gap> dropped = found.dropped() == 0
                ? Stream.empty()
                : Stream.of(new Gap("too-many", "sightings of one detector", null, found.dropped()));
        return new Result(
                new Detection(
                        found.sightings(), found.examined(), found.over(), Gap.merged(Stream.concat(gaps, dropped))),
                pauses.stream().reduce(Duration.ZERO, Duration::plus));
    }

    /** @param pauses how long it was held, each time */
    private final class Running implements dev.umbra.introspection.detect.Scan.Machine {
        private final List<Duration> pauses;

        Running(List<Duration> pauses) {
            this.pauses = pauses;
        }

        @Override
        public List<VcpuRegisters> registers() {
            return vm.registers();
        }

        @Override
        public void hold(Runnable look) {
            pauses.add(held(look));
        }

        @Override
        public boolean goOn(Duration time) {
            try {
                Thread.sleep(time);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
            return true;
        }
    }

    /** A VM that cannot be held is looked at while it runs, as at the looks before. */
    private Duration held(Runnable look) {
        Optional<Hold> hold = longestPause.isZero() ? Optional.empty() : vm.hold(longestPause);
        Optional<Duration> pause;
        try {
            look.run();
        } finally {
            pause = hold.flatMap(Hold::release);
        }
        return pause.orElse(hold.isPresent() ? longestPause : Duration.ZERO);
    }
}
