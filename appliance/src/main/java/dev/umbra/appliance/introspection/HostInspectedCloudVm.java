// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.appliance.host.Hosts;
import dev.umbra.appliance.problem.ApplianceException;
import dev.umbra.cloudhypervisor.CloudVmKey;
import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.memory.CloudPhysicalMemory;
import dev.umbra.introspection.memory.PhysicalMemory;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A cloud VM as its host shows it: the virtualized system itself. It is never held, for all its tenants would stand still. L0 is not
 * told when it boots anew; but then its kernel lies elsewhere, and its processors enter system calls elsewhere.
 *
 * <p>Without registers nothing is looked at. The kernels of all tenants are in this memory, too, and whatever a tenant puts there
 * to be taken for the system's own.
 */
final class HostInspectedCloudVm implements InspectedVm {
    private final Hosts hosts;
    private final CloudVmKey vm;

    HostInspectedCloudVm(Hosts hosts, CloudVmKey vm) {
        this.hosts = hosts;
        this.vm = vm;
    }

    @Override
    public Optional<Generation> generation() {
        return read().filter(processors -> !processors.isEmpty())
                .map(processors -> new Generation(0, processors.getFirst().lstar()));
    }

    @Override
    public Optional<PhysicalMemory> memory() {
        return hosts.memory(vm).map(CloudPhysicalMemory::new);
    }

    @Override
    public List<VcpuRegisters> registers() {
        return read().orElse(List.of());
    }

    private Optional<List<VcpuRegisters>> read() {
        try {
            return Optional.of(hosts.registers(vm));
        } catch (ApplianceException unknown) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<Hold> hold(Duration longest) {
        return Optional.empty();
    }
}
