// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.machine;

import dev.umbra.cloudhypervisor.DeviceHost;
import dev.umbra.cloudhypervisor.TenantDevices;
import dev.umbra.cloudhypervisor.TenantDevicesFactory;
import dev.umbra.cloudhypervisor.TenantVm;
import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.remoteconsole.graphical.GraphicalConsole;
import dev.umbra.remoteconsole.serial.SerialConsole;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;

/** Makes a {@link ShadowMachine} for each tenant VM that appears, and finds them again. */
public final class Machines implements TenantDevicesFactory, Consoles, DeviceCounters {
    private final MachineConfig config;
    private final ScheduledExecutorService scheduler;
    private final Map<TenantVmKey, ShadowMachine> machines = new ConcurrentHashMap<>();

    /**
     * @param scheduler for the consoles' watch over slow writers
     */
    public Machines(MachineConfig config, ScheduledExecutorService scheduler) {
        this.config = config;
        this.scheduler = scheduler;
    }

    @Override
    public long storageSize() {
        return ShadowMachine.storageSize(config);
    }

    @Override
    public int stateSize() {
        return ShadowMachine.STATE_SIZE;
    }

    @Override
    public TenantDevices create(TenantVm vm, DeviceHost host, MemorySegment storage) {
        TenantVmKey key = vm.key();
        ShadowMachine machine = new ShadowMachine(config, host, storage, scheduler, () -> machines.remove(key));
        machines.put(key, machine);
        return machine;
    }

    @Override
    public Optional<SerialConsole> console(TenantVmKey vm) {
        return Optional.ofNullable(machines.get(vm)).map(ShadowMachine::serialConsole);
    }

    @Override
    public Optional<GraphicalConsole> graphicalConsole(TenantVmKey vm) {
        return Optional.ofNullable(machines.get(vm)).map(ShadowMachine::graphicalConsole);
    }

    @Override
    public Map<String, Record> counters(TenantVmKey vm) {
        return Optional.ofNullable(machines.get(vm))
                .map(ShadowMachine::counters)
                .orElse(Map.of());
    }
}
