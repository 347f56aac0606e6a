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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Runs detectors over a kernel, and believes what they see only if they see it again.
 *
 * <p>The machine runs while it is looked at. Between two reads a process forks, a module goes, a page of code is patched by the
 * kernel itself, and for a moment two lists that should agree do not. So each detector that sees anything looks again, with
 * everything read anew, and only what is there at each look is reported. If the caller can hold the machine, the last look is
 * made while it stands still, where there are no races at all; it is held only if there is something to confirm.
 *
 * <p>What breaks it: a race that comes back at each look with the same subject. A fork storm makes new subjects each time; a
 * thing that is for seconds on its way between two lists would be believed, so detectors know such states and leave them out.
 */
public final class Scan {
    /** Sightings of one detector that are kept; more of them say nothing new. */
    public static final int MAXIMUM_SIGHTINGS = 64;

    private static final int LOOKS = 3;

    /** Holds all processors of the machine while something is done. */
    @FunctionalInterface
    public interface Hold {
        /** For machines that cannot be held, and for images. */
        Hold NONE = Runnable::run;

        void during(Runnable look);
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

    /** Scans a machine that stands still or cannot be held. */
    public ScanResult run(Kernel kernel, List<VcpuRegisters> registers, Baseline previous) {
        return run(kernel, () -> registers, previous, Hold.NONE, Progress.NONE);
    }

    /**
     * Scans a machine. Never throws because of what is in its memory.
     *
     * @param registers of its processors, as they are now; asked at each look
     * @param previous what the scan before left, or {@link Baseline#NONE}
     */
    public ScanResult run(
            Kernel kernel, Supplier<List<VcpuRegisters>> registers, Baseline previous, Hold hold, Progress progress) {
        return new Run(kernel, registers, previous.over(kernel)).all(hold, progress);
    }

    private final class Run {
        private final Kernel kernel;
        private final Supplier<List<VcpuRegisters>> registers;
        private final Baseline previous;
        private final Map<Detector, Map<String, Sighting>> seen = new LinkedHashMap<>();
        private final Map<String, List<Gap>> gaps = new LinkedHashMap<>();
        private final Map<String, Long> durations = new LinkedHashMap<>();
        private final Set<FindingKind> examined = EnumSet.noneOf(FindingKind.class);
        private final Set<FindingKind> incomplete = EnumSet.noneOf(FindingKind.class);
        private long dropped;

        Run(Kernel kernel, Supplier<List<VcpuRegisters>> registers, Baseline previous) {
            this.kernel = kernel;
            this.registers = registers;
            this.previous = previous;
        }

        ScanResult all(Hold hold, Progress progress) {
            Baseline baseline = look(detectors, progress);
            for (int look = 1; look < LOOKS && !suspicious().isEmpty(); look++) {
                if (look < LOOKS - 1) {
                    confirm();
                } else {
                    hold.during(this::confirm);
                }
            }
            examined.removeAll(incomplete);
            Map<String, Duration> times = new LinkedHashMap<>();
            durations.forEach((name, nanos) -> times.put(name, Duration.ofNanos(nanos)));
            List<Sighting> sightings = seen.values().stream()
                    .flatMap(found -> found.values().stream())
                    .toList();
            return new ScanResult(sightings, examined, gaps, times, dropped, baseline);
        }

        private List<Detector> suspicious() {
            return seen.entrySet().stream()
                    .filter(entry -> !entry.getValue().isEmpty())
                    .map(Map.Entry::getKey)
                    .toList();
        }

        private Baseline look(List<Detector> all, Progress progress) {
            Examination.Round round = round();
            for (Detector detector : all) {
                progress.begins(detector.name());
                Examination examination = examine(detector, round);
                seen.put(detector, examination.sightings());
                dropped += examination.dropped();
                examined.addAll(detector.kinds());
                List<Gap> missing = examination.gaps();
                if (!missing.isEmpty() || examination.dropped() > 0) {
                    incomplete.addAll(detector.kinds());
                }
                if (!missing.isEmpty()) {
                    gaps.put(detector.name(), missing);
                }
            }
            return round.baseline();
        }

        private void confirm() {
            Examination.Round round = round();
            for (Detector detector : suspicious()) {
                Examination examination = examine(detector, round);
                Map<String, Sighting> again = examination.sightings();
                again.keySet().retainAll(seen.get(detector).keySet());
                seen.put(detector, again);
            }
        }

        private Examination.Round round() {
            kernel.memory().invalidate();
            return new Examination.Round(kernel, registers.get(), previous);
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
