// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.UnknownKernel;
import dev.umbra.introspection.kernel.structures.Gap;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.Unreadable;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs detectors over a kernel, and believes what they see only if they see it again.
 *
 * <p>The machine runs while it is looked at. Between two reads a process forks, a module goes, a page of code is patched by the
 * kernel itself, and for a moment two lists that should agree do not. So each detector that sees anything looks again, with
 * everything read anew, and only what is there at each look is reported. If the caller can hold the machine, the last look is
 * made while it stands still, where there are no races at all; it is held only if there is something to confirm.
 *
 * <p>Some things are on their way from one state to the next for longer than two looks take. A detector of such says how long
 * that may be ({@link Detector#transit}), and looks again and again for so long before the machine is held.
 *
 * <p>What breaks it: a race that comes back at each look with the same subject. A fork storm makes new subjects each time; a
 * thing that is on its way for longer than its detector says would be believed.
 */
public final class Scan {
    /** Sightings of one detector that are kept; more of them say nothing new. */
    public static final int MAXIMUM_SIGHTINGS = 64;

    private static final int LOOKS_IN_TRANSIT = 10;

    /** The machine that is scanned. */
    public interface Machine {
        /** Its processors' registers, as they are now. */
        List<VcpuRegisters> registers();

        /** Holds all processors, if that is possible, while something is done. */
        void hold(Runnable look);

        /**
         * Waits while the machine goes on.
         *
         * @return false if it stands still
         */
        boolean goOn(Duration time);
    }

    /** An image, or a machine that stands still and changes no more. */
    private record Still(List<VcpuRegisters> registers) implements Machine {
        @Override
        public void hold(Runnable look) {
            look.run();
        }

        @Override
        public boolean goOn(Duration time) {
            return false;
        }
    }

    /** Told which detector is at work; may throw to end the scan. */
    @FunctionalInterface
    public interface Progress {
        Progress NONE = detector -> {};

        void begins(String detector);
    }

    private final List<Detector> detectors;

    public Scan(List<Detector> detectors) {
        this.detectors = List.copyOf(detectors);
    }

    /** Scans an image, or a machine that stands still. */
    public ScanResult run(Kernel kernel, List<VcpuRegisters> registers, Baseline previous) {
        return run(kernel, registers, new Still(registers), previous, Progress.NONE);
    }

    /**
     * Scans a machine. Never throws because of what is in its memory.
     *
     * @param registers of its processors as the scan begins; the machine is asked again at each look but the first
     * @param previous what the scan before left, or {@link Baseline#NONE}
     */
    public ScanResult run(
            Kernel kernel, List<VcpuRegisters> registers, Machine machine, Baseline previous, Progress progress) {
        return new Run(kernel, machine, previous, progress).all(registers);
    }

    private final class Run {
        private final Kernel kernel;
        private final Machine machine;
        private final Baseline known;
        /** Of the kernel that runs now. */
        private final Baseline previous;

        private final Progress progress;
        private final Map<Detector, Map<String, Sighting>> seen = new LinkedHashMap<>();
        private final Map<String, List<Gap>> gaps = new LinkedHashMap<>();
        private final Map<String, Long> durations = new LinkedHashMap<>();
        private final Set<Detector> incomplete = new HashSet<>();
        private long dropped;

        Run(Kernel kernel, Machine machine, Baseline known, Progress progress) {
            this.kernel = kernel;
            this.machine = machine;
            this.known = known;
            this.previous = known.over(kernel);
            this.progress = progress;
        }

        ScanResult all(List<VcpuRegisters> registers) {
            Baseline baseline = look(registers);
            confirm(suspicious());
            awaitTransit();
            if (!suspicious().isEmpty()) {
                machine.hold(() -> confirm(suspicious()));
            }
            Map<String, Duration> times = new LinkedHashMap<>();
            durations.forEach((name, nanos) -> times.put(name, Duration.ofNanos(nanos)));
            List<Sighting> sightings = seen.values().stream()
                    .flatMap(found -> found.values().stream())
                    .toList();
            Outstanding before = known.find(Outstanding.class).orElse(Outstanding.NONE);
            // Of a kernel that is no more, nothing is outstanding, whoever looks.
            Set<Detector> silent = previous == known ? incomplete : Set.of();
            Outstanding after = before.after(seen, silent);
            return new ScanResult(
                    sightings, examined(), before.over(after, silent), gaps, times, dropped, baseline.with(after));
        }

        private Set<FindingKind> examined() {
            Set<FindingKind> examined = EnumSet.noneOf(FindingKind.class);
            detectors.forEach(detector -> examined.addAll(detector.kinds()));
            incomplete.forEach(detector -> examined.removeAll(detector.kinds()));
            return examined;
        }

        private void awaitTransit() {
            for (int look = 0; look < LOOKS_IN_TRANSIT; look++) {
                List<Detector> waiting = suspicious().stream()
                        .filter(detector -> detector.transit().isPositive())
                        .toList();
                if (waiting.isEmpty()) {
                    return;
                }
                progress.begins(waiting.getFirst().name());
                Duration longest = waiting.stream()
                        .map(Detector::transit)
                        .reduce(Duration.ZERO, (one, other) -> one.compareTo(other) > 0 ? one : other);
                if (!machine.goOn(longest.dividedBy(LOOKS_IN_TRANSIT))) {
                    return;
                }
                confirm(waiting);
            }
        }

        private List<Detector> suspicious() {
            return seen.entrySet().stream()
                    .filter(entry -> !entry.getValue().isEmpty())
                    .map(Map.Entry::getKey)
                    .toList();
        }

        private Baseline look(List<VcpuRegisters> registers) {
            Examination.Round round = round(registers);
            for (Detector detector : detectors) {
                progress.begins(detector.name());
                Examination examination = examine(detector, round);
                seen.put(detector, examination.sightings());
                dropped += examination.dropped();
                List<Gap> missing = examination.gaps();
                if (!missing.isEmpty() || examination.dropped() > 0) {
                    incomplete.add(detector);
                }
                if (!missing.isEmpty()) {
                    gaps.put(detector.name(), missing);
                }
            }
            return round.baseline();
        }

        private void confirm(List<Detector> suspicious) {
            if (suspicious.isEmpty()) {
                return;
            }
            Examination.Round round = round(machine.registers());
            for (Detector detector : suspicious) {
                Examination examination = examine(detector, round);
                Map<String, Sighting> again = examination.sightings();
                again.keySet().retainAll(seen.get(detector).keySet());
                seen.put(detector, again);
            }
        }

        private Examination.Round round(List<VcpuRegisters> registers) {
            kernel.memory().invalidate();
            return new Examination.Round(kernel, registers, previous);
        }

        private Examination examine(Detector detector, Examination.Round round) {
            long start = System.nanoTime();
            Examination examination = new Examination(round, MAXIMUM_SIGHTINGS);
            try {
                detector.examine(examination);
            } catch (Unreadable hole) {
                examination.gap(Reason.UNREADABLE, detector.name(), hole.address());
            } catch (UnknownKernel unknown) {
                examination.gap(Reason.UNKNOWN_TO_KERNEL, detector.name() + ": " + unknown.getMessage(), 0);
            }
            durations.merge(detector.name(), System.nanoTime() - start, Long::sum);
            return examination;
        }
    }
}
