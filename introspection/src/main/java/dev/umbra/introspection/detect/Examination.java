// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.structures.Gap;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.kernel.structures.Gaps;
import dev.umbra.introspection.memory.AddressSpace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One look of one detector at a kernel: what it reads, and where it puts what it sees. What several detectors need, such as
 * who owns which code, is read once for a round of looks. For one thread.
 */
public final class Examination {
    /** What detectors share in one round. */
    static final class Round {
        private final Kernel kernel;
        private final List<VcpuRegisters> registers;
        private final Baseline previous;
        private final Map<Class<?>, Object> kept;
        private final Gaps gaps = new Gaps();
        private Reading reading;
        private Modules modules;
        private CodeMap code;
        private Tasks tasks;

        Round(Kernel kernel, List<VcpuRegisters> registers, Baseline previous) {
            this.kernel = kernel;
            this.registers = List.copyOf(registers);
            this.previous = previous;
            this.kept = new LinkedHashMap<>(previous.kept());
        }

        Baseline baseline() {
            return Baseline.of(kernel, kept);
        }
    }

    private final Round round;
    private final int maximum;
    private final Gaps gaps = new Gaps();
    private final Map<String, Sighting> sightings = new LinkedHashMap<>();
    private final Reading reading;
    private boolean shared;
    private long dropped;

    Examination(Round round, int maximum) {
        this.round = round;
        this.maximum = maximum;
        this.reading = new Reading(round.kernel, gaps);
    }

    public Kernel kernel() {
        return round.kernel;
    }

    public KernelProfile profile() {
        return round.kernel.profile();
    }

    public AddressSpace memory() {
        return round.kernel.memory();
    }

    /** Of the machine's processors, as many as are known. */
    public List<VcpuRegisters> registers() {
        return round.registers;
    }

    /** Walks whose gaps are this detector's. */
    Reading reading() {
        return reading;
    }

    /** Modules as all structures together know them. */
    Modules modules() {
        if (round.modules == null) {
            round.modules = Modules.read(forRound());
        }
        shared = true;
        return round.modules;
    }

    /** Whose code is where. */
    CodeMap code() {
        if (round.code == null) {
            round.code = CodeMap.read(forRound(), modules());
        }
        shared = true;
        return round.code;
    }

    /** Tasks as all structures together know them. */
    Tasks tasks() {
        if (round.tasks == null) {
            round.tasks = Tasks.read(forRound());
        }
        shared = true;
        return round.tasks;
    }

    /** Gaps in what is shared are gaps of everyone who uses it. */
    private Reading forRound() {
        if (round.reading == null) {
            round.reading = new Reading(round.kernel, round.gaps);
        }
        return round.reading;
    }

    /** What was kept of the kernel as it was at the last scan. */
    <T> Optional<T> previous(Class<T> type) {
        return round.previous.find(type);
    }

    /** Keeps an immutable object for the next scan, in place of the one of its class. */
    void keep(Object state) {
        round.kept.put(state.getClass(), state);
    }

    /** Reports something; the same subject again changes nothing. */
    public void report(Sighting sighting) {
        if (sightings.size() >= maximum) {
            dropped++;
        } else {
            sightings.putIfAbsent(sighting.kind() + " " + sighting.subject(), sighting);
        }
    }

    /** Notes that something could not be looked at. */
    public void gap(Reason reason, String what, long address) {
        gaps.add(reason, what, address);
    }

    /** Evidence that names the place in the kernel or in a module. */
    public Evidence address(String name, long value) {
        return new Evidence.Address(name, value, code().describe(value));
    }

    Map<String, Sighting> sightings() {
        return sightings;
    }

    long dropped() {
        return dropped;
    }

    List<Gap> gaps() {
        List<Gap> all = new ArrayList<>(gaps.toList());
        if (shared) {
            all.addAll(round.gaps.toList());
        }
        return all;
    }
}
