// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.memory.MemoryImage;
import dev.umbra.introspection.memory.PhysicalMemory;
import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A VM at rest: an image of its memory and the registers of its processors. */
final class SnapshotVm implements InspectedVm {
    private final PhysicalMemory memory;
    private List<VcpuRegisters> registers;
    Optional<Generation> generation = Optional.of(new Generation(0, 0x1000));
    Optional<String> obstacle = Optional.empty();
    boolean known = true;
    boolean holds = true;
    int held;
    int asked;

    private SnapshotVm(PhysicalMemory memory, List<VcpuRegisters> registers) {
        this.memory = memory;
        this.registers = registers;
    }

    static SnapshotVm of(Path directory) throws IOException {
        Snapshot snapshot = new Snapshot(directory);
        return new SnapshotVm(snapshot.memory(), snapshot.registers());
    }

    /** Puts other registers in place of the first processor's, and behind them what they were, as another one's. */
    void firstProcessorRuns(VcpuRegisters instead) {
        registers = List.of(instead, asSecond(registers.getLast()));
    }

    private static VcpuRegisters asSecond(VcpuRegisters vcpu) {
        return new VcpuRegisters(
                1,
                vcpu.cr0(),
                vcpu.cr3(),
                vcpu.cr4(),
                vcpu.efer(),
                vcpu.gdtBase(),
                vcpu.idtBase(),
                vcpu.idtLimit(),
                vcpu.lstar(),
                vcpu.gsBase(),
                vcpu.kernelGsBase(),
                vcpu.rip(),
                vcpu.rsp(),
                vcpu.cpl());
    }

    /** A VM without a kernel. */
    static SnapshotVm empty() {
        return new SnapshotVm(new MemoryImage(MemorySegment.ofArray(new byte[1 << 20])), List.of());
    }

    @Override
    public Optional<Generation> generation() {
        return generation;
    }

    @Override
    public Optional<String> obstacle() {
        return obstacle;
    }

    @Override
    public Optional<PhysicalMemory> memory() {
        return known ? Optional.of(memory) : Optional.empty();
    }

    @Override
    public List<VcpuRegisters> registers() {
        asked++;
        return registers;
    }

    @Override
    public Optional<Hold> hold(Duration longest) {
        held++;
        return Optional.of(() -> holds ? Optional.of(Duration.ofMillis(3)) : Optional.empty());
    }
}
