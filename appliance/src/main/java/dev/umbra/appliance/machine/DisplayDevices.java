// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.machine;

import dev.umbra.cloudhypervisor.DeviceHost;
import dev.umbra.cloudhypervisor.memory.TenantMemory;
import dev.umbra.shadowdevices.display.FrameBufferMemory;
import dev.umbra.shadowdevices.display.PciFunctionWatch;
import dev.umbra.shadowdevices.display.Screen;
import dev.umbra.shadowdevices.display.VgaDisplay;
import dev.umbra.shadowdevices.display.VgaDisplayState;
import dev.umbra.ultracall.PortClaim;
import java.lang.foreign.MemorySegment;

/**
 * The display of one tenant VM: a standard VGA at its ports, at the legacy window and at the registers of its PCI function, and the
 * frame buffer in the tenant's own memory.
 *
 * <p>The PCI function itself stays L1's. Where the tenant has put it is learned by observing its configuration; the page of its
 * registers is claimed as soon as it is known and given back when it moves. The frame buffer is read where L1 keeps it for the
 * tenant: a lie about it shows the tenant another part of its own memory.
 *
 * <p>The planes are written in place. After a crash of the service the last accesses are carried out once more, which draws the
 * same picture again, except for stores that combine with what is there.
 */
final class DisplayDevices {
    static final int STATE_SIZE = alignToLong(VgaDisplayState.SIZE) + alignToLong(PciFunctionWatch.SIZE);
    static final int STORAGE_SIZE = VgaDisplay.PLANE_MEMORY_SIZE;

    private static final int WATCH_STATE = alignToLong(VgaDisplayState.SIZE);
    private static final int VGA_PORTS = 0x3b0;
    private static final int VGA_PORTS_COUNT = 0x30;
    private static final int DISPI_PORTS = 0x1ce;
    private static final int DISPI_PORTS_COUNT = 3;
    private static final int CONFIGURATION_PORTS = 8;
    private static final long WINDOW = 0xa0000;
    /** What QEMU's standard VGA has; also used while the tenant has not asked for the size. */
    private static final long FRAME_BUFFER_SIZE = 16L << 20;

    private final MachineConfig config;
    private final DeviceHost host;
    private final PciFunctionWatch watch = new PciFunctionWatch();
    private final VgaDisplay display;
    private long registers;
    private volatile long frameBuffer;

    /**
     * @param planes {@link #STORAGE_SIZE} bytes
     */
    DisplayDevices(MachineConfig config, DeviceHost host, MemorySegment planes) {
        this.config = config;
        this.host = host;
        display = new VgaDisplay(planes, new FrameBuffer());
        display.preferMode(config.width(), config.height());
        host.claimPorts(VGA_PORTS, VGA_PORTS_COUNT, PortClaim.SERVED);
        host.claimPorts(DISPI_PORTS, DISPI_PORTS_COUNT, PortClaim.SERVED);
        host.claimPorts(PciFunctionWatch.ADDRESS_PORT, CONFIGURATION_PORTS, PortClaim.OBSERVED);
        host.claimMemory(WINDOW, VgaDisplay.WINDOW_SIZE, true);
    }

    VgaDisplay display() {
        return display;
    }

    /** What the display shows, for one thread. */
    Screen screen() {
        return display.screen(new FrameBuffer());
    }

    static boolean serves(int port) {
        return port >= VGA_PORTS && port < VGA_PORTS + VGA_PORTS_COUNT
                || port >= DISPI_PORTS && port < DISPI_PORTS + DISPI_PORTS_COUNT;
    }

    void write(int port, int size, int value) {
        display.portWrite(port, size, value);
    }

    int read(int port, int size) {
        return display.portRead(port, size);
    }

    void memoryWrite(long address, int size, long value) {
        if (isWindow(address)) {
            display.windowWrite((int) (address - WINDOW), size, value);
        } else if (isRegister(address)) {
            display.registerWrite((int) (address - registers), size, value);
        }
    }

    long memoryRead(long address, int size) {
        if (isWindow(address)) {
            return display.windowRead((int) (address - WINDOW), size);
        }
        return isRegister(address) ? display.registerRead((int) (address - registers), size) : -1;
    }

    private static boolean isWindow(long address) {
        return address >= WINDOW && address < WINDOW + VgaDisplay.WINDOW_SIZE;
    }

    private boolean isRegister(long address) {
        return registers != 0 && address >= registers && address < registers + VgaDisplay.REGISTERS_SIZE;
    }

    void portObserved(int port, int size, boolean write, int value) {
        if (write) {
            watch.written(port, size, value);
        } else {
            watch.read(port, size, value);
        }
        followMapping();
    }

    private void followMapping() {
        PciFunctionWatch.Mapping mapping = watch.mapping().orElse(null);
        long now = mapping == null ? 0 : mapping.registers();
        frameBuffer = mapping == null ? 0 : mapping.frameBuffer();
        if (now != registers) {
            if (registers != 0) {
                host.claimMemory(registers, VgaDisplay.REGISTERS_SIZE, false);
            }
            if (now != 0) {
                host.claimMemory(now, VgaDisplay.REGISTERS_SIZE, true);
            }
            registers = now;
        }
    }

    /** As power-on, but for the planes, which keep what the run before has drawn. */
    void reset() {
        display.reset();
        watch.reset();
        followMapping();
    }

    void save(MemorySegment state) {
        display.save(state.asSlice(0, VgaDisplayState.SIZE));
        watch.save(state.asSlice(WATCH_STATE, PciFunctionWatch.SIZE));
    }

    /**
     * @throws IllegalArgumentException if the state is refused
     */
    void restore(MemorySegment state) {
        VgaDisplayState saved = VgaDisplayState.decode(state.asSlice(0, VgaDisplayState.SIZE));
        watch.restore(state.asSlice(WATCH_STATE, PciFunctionWatch.SIZE));
        followMapping();
        display.restore(saved);
        display.preferMode(config.width(), config.height());
    }

    private static int alignToLong(int size) {
        return (size + Long.BYTES - 1) & -Long.BYTES;
    }

    /** The frame buffer as one thread sees it. */
    private final class FrameBuffer implements FrameBufferMemory {
        private TenantMemory memory;

        @Override
        public MemorySegment page(int index) {
            long base = frameBuffer;
            if (base == 0) {
                return null;
            }
            if (memory == null) {
                memory = host.memory().orElse(null);
            }
            return memory == null ? null : memory.page(base + (long) index * PAGE_SIZE);
        }

        @Override
        public long size() {
            return FRAME_BUFFER_SIZE;
        }
    }
}
