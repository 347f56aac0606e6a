// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.machine;

import dev.umbra.cloudhypervisor.DeviceHost;
import dev.umbra.cloudhypervisor.TenantDevices;
import dev.umbra.cloudhypervisor.TenantDevicesFactory;
import dev.umbra.cloudhypervisor.TenantVm;
import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.remoteconsole.serial.SerialConsole;
import dev.umbra.remoteconsole.serial.SerialConsoleConfig;
import dev.umbra.shadowdevices.serial.UartCounters;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;

/** Makes a {@link SerialMachine} for each tenant VM that appears, and finds them again. */
public final class Machines implements TenantDevicesFactory, Consoles, DeviceCounters {
    private final SerialConsoleConfig config;
    private final ScheduledExecutorService scheduler;
    private final Map<TenantVmKey, SerialMachine> machines = new ConcurrentHashMap<>();

    /**
     * @param config of every console
     * @param scheduler for the consoles' watch over slow writers
     */
    public Machines(SerialConsoleConfig config, ScheduledExecutorService scheduler) {
        this.config = config;
        this.scheduler = scheduler;
    }

    @Override
    public long storageSize() {
        return config.storageSize();
    }

    @Override
    public int stateSize() {
        return SerialMachine.STATE_SIZE;
    }

    @Override
    public TenantDevices create(TenantVm vm, DeviceHost host, MemorySegment storage) {
        TenantVmKey key = vm.key();
        SerialMachine machine = new SerialMachine(config, host, storage, scheduler, () -> machines.remove(key));
        machines.put(key, machine);
        return machine;
    }

    @Override
    public Optional<SerialConsole> console(TenantVmKey vm) {
        return Optional.ofNullable(machines.get(vm)).map(SerialMachine::console);
    }

    @Override
    public Optional<UartCounters> uartCounters(TenantVmKey vm) {
        return Optional.ofNullable(machines.get(vm))
                .map(machine -> machine.uart().counters());
    }
}
