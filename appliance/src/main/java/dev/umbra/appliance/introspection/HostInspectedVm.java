// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.appliance.host.Hosts;
import dev.umbra.appliance.host.LiveVm;
import dev.umbra.appliance.problem.ApplianceException;
import dev.umbra.cloudhypervisor.PausedMoment;
import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.memory.PhysicalMemory;
import dev.umbra.introspection.memory.TenantPhysicalMemory;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A VM as its host shows it. */
final class HostInspectedVm implements InspectedVm {
    private static final String DISPUTED =
            "the VM is disputed: its processor or page table was seen under another VM, so its memory may be that one's";
    private static final String WITHHELD = "the page table of the VM was another VM's a moment ago";

    private final Hosts hosts;
    private final TenantVmKey vm;

    HostInspectedVm(Hosts hosts, TenantVmKey vm) {
        this.hosts = hosts;
        this.vm = vm;
    }

    @Override
    public Optional<Generation> generation() {
        return hosts.find(vm)
                .filter(LiveVm::attached)
                .map(live -> new Generation(live.vm().resets(), live.vm().nestedRoot()));
    }

    @Override
    public Optional<String> obstacle() {
        return hosts.find(vm).flatMap(HostInspectedVm::obstacle);
    }

    private static Optional<String> obstacle(LiveVm live) {
        if (live.vm().disputed()) {
            return Optional.of(DISPUTED);
        }
        return live.vm().nestedRoot() == 0 ? Optional.of(WITHHELD) : Optional.empty();
    }

    @Override
    public Optional<PhysicalMemory> memory() {
        return hosts.memory(vm).map(TenantPhysicalMemory::new);
    }

    @Override
    public List<VcpuRegisters> registers() {
        try {
            return hosts.registers(vm);
        } catch (ApplianceException unknown) {
            return List.of();
        }
    }

    /** A VM that is paused on request stands still already. */
    @Override
    public Optional<Hold> hold(Duration longest) {
        if (paused()) {
            return Optional.of(() -> paused() ? Optional.of(Duration.ZERO) : Optional.empty());
        }
        try {
            PausedMoment moment = hosts.hold(vm, longest);
            return Optional.of(() -> release(moment));
        } catch (ApplianceException refused) {
            return Optional.empty();
        }
    }

    private boolean paused() {
        return hosts.find(vm).filter(live -> live.vm().paused()).isPresent();
    }

    private static Optional<Duration> release(PausedMoment moment) {
        moment.close();
        return moment.outcome()
                .filter(outcome -> outcome.end() == PausedMoment.End.RESUMED)
                .map(PausedMoment.Outcome::length);
    }
}
