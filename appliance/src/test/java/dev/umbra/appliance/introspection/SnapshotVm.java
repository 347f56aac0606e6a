// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.memory.MemoryImage;
import dev.umbra.introspection.memory.PhysicalMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A VM at rest: an image of its memory and the registers of its processors. */
final class SnapshotVm implements InspectedVm {
    private final PhysicalMemory memory;
    private final List<VcpuRegisters> registers;
    Optional<Generation> generation = Optional.of(new Generation(0, 0x1000));
    boolean known = true;
    boolean holds = true;
    int held;

    private SnapshotVm(PhysicalMemory memory, List<VcpuRegisters> registers) {
        this.memory = memory;
        this.registers = registers;
    }

    static SnapshotVm of(Path directory) throws IOException {
        List<VcpuRegisters> registers = new ArrayList<>();
        for (JsonNode vcpu : new JsonMapper().readTree(Files.readString(directory.resolve("registers.json")))) {
            registers.add(new VcpuRegisters(
                    vcpu.path("vcpu").asInt(),
                    number(vcpu, "cr0"),
                    number(vcpu, "cr3"),
                    number(vcpu, "cr4"),
                    number(vcpu, "efer"),
                    number(vcpu, "gdt"),
                    number(vcpu, "idt"),
                    (int) number(vcpu, "idt_limit"),
                    number(vcpu, "lstar"),
                    number(vcpu, "gs_base"),
                    number(vcpu, "kernel_gs_base"),
                    number(vcpu, "rip"),
                    number(vcpu, "rsp"),
                    vcpu.path("cpl").asInt()));
        }
        return new SnapshotVm(MemoryImage.map(directory.resolve("memory.raw")), registers);
    }

    /** A VM without a kernel. */
    static SnapshotVm empty() {
        return new SnapshotVm(new MemoryImage(MemorySegment.ofArray(new byte[1 << 20])), List.of());
    }

    private static long number(JsonNode vcpu, String name) {
        return Long.parseUnsignedLong(vcpu.path(name).asString().substring(2), 16);
    }

    @Override
    public Optional<Generation> generation() {
        return generation;
    }

    @Override
    public Optional<PhysicalMemory> memory() {
        return known ? Optional.of(memory) : Optional.empty();
    }

    @Override
    public List<VcpuRegisters> registers() {
        return registers;
    }

    @Override
    public Optional<Hold> hold(Duration longest) {
        held++;
        return Optional.of(() -> holds ? Optional.of(Duration.ofMillis(3)) : Optional.empty());
    }
}
