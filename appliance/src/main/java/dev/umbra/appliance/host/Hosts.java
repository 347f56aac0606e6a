// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.host;

import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.cloudhypervisor.CloudVmKey;
import dev.umbra.cloudhypervisor.PausedMoment;
import dev.umbra.cloudhypervisor.TenantVm;
import dev.umbra.cloudhypervisor.TenantVmCounters;
import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.cloudhypervisor.memory.CloudMemory;
import dev.umbra.cloudhypervisor.memory.TenantMemory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.context.SmartLifecycle;

/** All hosts this appliance serves, started with it and closed with it. */
public final class Hosts implements SmartLifecycle {
    private final List<ManagedHost> hosts;
    private volatile boolean running;

    public Hosts(List<HostProperties> hosts, CloudHostFactory factory, HostEvents events, InstantSource clock) {
        this.hosts = hosts.stream()
                .map(host -> new ManagedHost(host, factory, events, clock))
                .toList();
    }

    public List<HostSnapshot> all() {
        return hosts.stream().map(ManagedHost::snapshot).toList();
    }

    public HostSnapshot host(String name) {
        return named(name).snapshot();
    }

    /** The running VMs of a host, whether or not they belong to a record. */
    public List<LiveVm> vms(String host) {
        return named(host).vms();
    }

    /** The cloud VMs of a host, as last known. */
    public List<CloudVmKey> cloudVms(String host) {
        return named(host).cloudVms();
    }

    /** The cloud VMs of all hosts, as last known. */
    public List<CloudVmKey> cloudVms() {
        return hosts.stream().flatMap(host -> host.cloudVms().stream()).toList();
    }

    /** The tenant VMs that ran in a cloud VM and are not known to have ended. */
    public List<TenantVm> tenantVms(CloudVmKey key) {
        return hosts.stream()
                .flatMap(host -> host.host().tenantVms().stream())
                .filter(key::runs)
                .toList();
    }

    /** The running VM, or what was last known of it; empty when it is gone or its host instance is. */
    public Optional<LiveVm> find(TenantVmKey key) {
        return hosts.stream().flatMap(host -> host.vm(key).stream()).findFirst();
    }

    /** Whether some host cannot be asked now, so that a VM not found may still run. */
    public boolean someDetached() {
        return hosts.stream().anyMatch(host -> !host.host().attached());
    }

    public void pause(TenantVmKey key) {
        HostProblems.await(owning(key).host().pause(key));
    }

    public void resume(TenantVmKey key) {
        HostProblems.await(owning(key).host().resume(key));
    }

    public void claimPorts(TenantVmKey key, int base, int count, boolean claimed) {
        HostProblems.await(owning(key).host().claimPorts(key, base, count, claimed));
    }

    /** A new reader of a VM's memory, for one thread at a time; empty if none is known now. */
    public Optional<TenantMemory> memory(TenantVmKey key) {
        return hosts.stream().flatMap(host -> host.host().memory(key).stream()).findFirst();
    }

    /** The memory of a cloud VM, which holds that of its tenants; empty if none is known now. */
    public Optional<Supplier<CloudMemory>> memory(CloudVmKey key) {
        return hosts.stream().flatMap(host -> host.host().memory(key).stream()).findFirst();
    }

    /** Registers of a cloud VM's own processors, as far as the host knows them. */
    public List<VcpuRegisters> registers(CloudVmKey key) {
        ManagedHost owner = hosts.stream()
                .filter(host -> host.cloudVms().contains(key))
                .findFirst()
                .orElseThrow(() -> (someDetached() ? ProblemCode.HOST_DETACHED : ProblemCode.VM_GONE).exception());
        return HostProblems.await(owner.host().readVcpus(key));
    }

    /** What the host's module counts of a VM, as it is now. */
    public TenantVmCounters counters(TenantVmKey key) {
        return HostProblems.await(owning(key).host().counters(key));
    }

    /** Registers of a VM's processors, as far as the host knows them. */
    public List<VcpuRegisters> registers(TenantVmKey key) {
        return HostProblems.await(owning(key).host().readVcpus(key));
    }

    /**
     * Holds a VM for a moment; the caller closes it.
     *
     * @param longest after which the host lets the VM go on by itself
     */
    public PausedMoment hold(TenantVmKey key, Duration longest) {
        return HostProblems.await(owning(key).host().pauseForMoment(key, longest));
    }

    /** Has every attached host report its counters. */
    public void poll() {
        hosts.forEach(ManagedHost::poll);
    }

    @Override
    public void start() {
        hosts.forEach(ManagedHost::start);
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        hosts.forEach(ManagedHost::close);
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    private ManagedHost named(String name) {
        return hosts.stream()
                .filter(host -> host.name().equals(name))
                .findFirst()
                .orElseThrow(ProblemCode.HOST_NOT_FOUND::exception);
    }

    private ManagedHost owning(TenantVmKey key) {
        return hosts.stream()
                .filter(host -> host.vm(key).isPresent())
                .findFirst()
                .orElseThrow(() -> (someDetached() ? ProblemCode.HOST_DETACHED : ProblemCode.VM_GONE).exception());
    }
}
