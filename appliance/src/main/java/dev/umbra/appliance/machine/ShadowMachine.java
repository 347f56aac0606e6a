// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.machine;

import dev.umbra.cloudhypervisor.DeviceHost;
import dev.umbra.cloudhypervisor.TenantDevices;
import dev.umbra.remoteconsole.graphical.GraphicalConsole;
import dev.umbra.remoteconsole.serial.SerialConsole;
import dev.umbra.shadowdevices.input.VmwarePointer;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.IntStream;

/**
 * All shadow devices of one tenant VM and the consoles they are wired to: the bus that leads an access to its device.
 *
 * <p>The devices live on the loop thread of the host and are saved in one state, so that after a crash they agree about which
 * accesses they have seen. Nobody else reaches them but by tasks on that loop, the screen excepted, which is looked at from outside.
 *
 * <p>What breaks it: consoles closed after the storage they read is gone. The host closes the devices first.
 */
final class ShadowMachine implements TenantDevices {
    static final int STATE_SIZE = SerialMachine.STATE_SIZE + InputDevices.STATE_SIZE + DisplayDevices.STATE_SIZE;

    private static final int INPUT_STATE = SerialMachine.STATE_SIZE;
    private static final int DISPLAY_STATE = INPUT_STATE + InputDevices.STATE_SIZE;
    private static final int NOTHING = -1;

    private final SerialMachine serial;
    private final InputDevices input;
    private final DisplayDevices display;
    private final GraphicalConsole graphicalConsole;
    private final Runnable closed;

    /**
     * @param storage {@link #storageSize} bytes
     */
    ShadowMachine(
            MachineConfig config,
            DeviceHost host,
            MemorySegment storage,
            ScheduledExecutorService scheduler,
            Runnable closed) {
        this.closed = closed;
        long serialStorage = config.serial().storageSize();
        serial = new SerialMachine(config.serial(), host, storage.asSlice(0, serialStorage), scheduler);
        display = new DisplayDevices(config, host, storage.asSlice(serialStorage, DisplayDevices.STORAGE_SIZE));
        input = new InputDevices(host, this::ledsChanged);
        graphicalConsole = new GraphicalConsole(config.graphical(), display.screen(), input);
    }

    static long storageSize(MachineConfig config) {
        return config.serial().storageSize() + DisplayDevices.STORAGE_SIZE;
    }

    SerialConsole serialConsole() {
        return serial.console();
    }

    GraphicalConsole graphicalConsole() {
        return graphicalConsole;
    }

    /** By the name of the device. */
    Map<String, Record> counters() {
        return Map.of(
                "uart", serial.uart().counters(),
                "i8042", input.controller().counters(),
                "input", input.counters(),
                "vga", display.display().counters());
    }

    private void ledsChanged() {
        graphicalConsole.ledsChanged();
    }

    @Override
    public void write(int port, int size, int value) {
        if (DisplayDevices.serves(port)) {
            display.write(port, size, value);
        } else if (InputDevices.serves(port)) {
            input.write(port, value);
        } else {
            serial.write(port, size, value);
        }
    }

    @Override
    public int read(int port, int size) {
        if (DisplayDevices.serves(port)) {
            return display.read(port, size);
        }
        if (InputDevices.serves(port)) {
            return NOTHING << Byte.SIZE | input.read(port);
        }
        return serial.read(port, size);
    }

    @Override
    public int pureRead(int port) {
        return InputDevices.serves(port) ? input.pureRead(port) : serial.pureRead(port);
    }

    @Override
    public int[] latchedPorts() {
        return IntStream.concat(IntStream.of(SerialMachine.latchedPorts()), IntStream.of(InputDevices.latchedPorts()))
                .toArray();
    }

    @Override
    public void memoryWrite(long address, int size, long value) {
        display.memoryWrite(address, size, value);
    }

    @Override
    public long memoryRead(long address, int size) {
        return display.memoryRead(address, size);
    }

    @Override
    public void portObserved(int port, int size, boolean write, int value) {
        display.portObserved(port, size, write, value);
    }

    @Override
    public void registerCall(int port, int[] registers) {
        if (port == VmwarePointer.PORT) {
            input.registerCall(registers);
        } else {
            TenantDevices.super.registerCall(port, registers);
        }
    }

    @Override
    public void reset() {
        serial.reset();
        input.reset();
        display.reset();
    }

    @Override
    public int stateSize() {
        return STATE_SIZE;
    }

    @Override
    public void save(MemorySegment state) {
        serial.save(state.asSlice(0, SerialMachine.STATE_SIZE));
        input.save(state.asSlice(INPUT_STATE, InputDevices.STATE_SIZE));
        display.save(state.asSlice(DISPLAY_STATE, DisplayDevices.STATE_SIZE));
    }

    @Override
    public void restore(MemorySegment state) {
        serial.restore(state.asSlice(0, SerialMachine.STATE_SIZE));
        input.restore(state.asSlice(INPUT_STATE, InputDevices.STATE_SIZE));
        display.restore(state.asSlice(DISPLAY_STATE, DisplayDevices.STATE_SIZE));
    }

    @Override
    public void committed() {
        serial.committed();
    }

    @Override
    public void close() {
        closed.run();
        serial.close();
        graphicalConsole.close();
    }
}
