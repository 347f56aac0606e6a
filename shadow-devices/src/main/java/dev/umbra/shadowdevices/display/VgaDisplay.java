// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;

/**
 * A VGA with the Bochs VBE extensions, as QEMU's standard VGA shows itself to firmware and drivers.
 *
 * <p><b>Three ways in.</b> I/O ports; the legacy window of 128 KiB at 0xa0000, which leads through the graphics controller into
 * four planes or, in a Bochs mode, to a bank of the linear frame buffer; and the register window that the second memory region of
 * the PCI function maps: EDID, the VGA ports, the Bochs registers. The linear frame buffer itself is the tenant's memory, written
 * without anybody's help, and only read here.
 *
 * <p><b>Two threads.</b> All accesses come from one. A {@link #screen} may be refreshed by another at any time. It sees the
 * registers as they are between two accesses ({@link RegisterFile}), and memory as it is at that moment, as a beam would.
 *
 * <p><b>What breaks it.</b> Accesses from several threads; plane memory shared between displays.
 * Not the tenant: any access is borne, and any registers give some picture.
 */
public final class VgaDisplay {
    /** First of the VGA's ports, of which there are {@link #PORT_COUNT}. */
    public static final int FIRST_PORT = 0x3b0;

    public static final int PORT_COUNT = 0x30;
    /** First of the Bochs registers' ports, of which there are {@link #DISPI_PORT_COUNT}. */
    public static final int FIRST_DISPI_PORT = DispiRegisters.PORT_INDEX;

    public static final int DISPI_PORT_COUNT = DispiRegisters.PORT_COUNT;
    /** Where the legacy window begins in the tenant's physical memory. */
    public static final int WINDOW_ADDRESS = 0xa0000;
    /** Bytes of the legacy window. */
    public static final int WINDOW_SIZE = 0x20000;
    /** Bytes of the register window. */
    public static final int REGISTERS_SIZE = 0x1000;
    /** Bytes of the memory of the planes. */
    public static final int PLANE_MEMORY_SIZE = PlaneMemory.SIZE;

    private static final int BYTE_MASK = 0xff;

    private static final int[] MAP_STARTS = {0, 0, 0x10000, 0x18000};
    private static final int[] MAP_SIZES = {0x20000, 0x10000, 0x8000, 0x8000};
    private static final int MAP_SHIFT = 2;
    private static final int MAP_MASK = 3;

    private final RegisterFile registers = new RegisterFile();
    private final Dispi dispi;
    private final VgaPorts ports;
    private final PlaneMemory planes;
    private final RegisterWindow window;

    private long invalidAccesses;
    private long droppedBytes;

    /**
     * A display after power-on, dark.
     *
     * @param planeMemory {@link #PLANE_MEMORY_SIZE} bytes that both threads may use; their content is kept
     * @param frameBuffer the linear frame buffer, for the thread of the accesses
     */
    public VgaDisplay(MemorySegment planeMemory, FrameBufferMemory frameBuffer) {
        Objects.requireNonNull(frameBuffer);
        dispi = new Dispi(registers, frameBuffer);
        ports = new VgaPorts(registers, dispi);
        planes = new PlaneMemory(planeMemory, registers);
        window = new RegisterWindow(registers, ports, dispi);
        VgaStateLayout.writeHeader(registers.bytes());
        registers.setWord(VgaStateLayout.PREFERRED_WIDTH, Edid.DEFAULT_WIDTH);
        registers.setWord(VgaStateLayout.PREFERRED_HEIGHT, Edid.DEFAULT_HEIGHT);
        window.describe();
        reset();
    }

    /** Resets the registers as power-on does; the preferred mode and all memory stay. */
    public void reset() {
        registers.beginUpdate();
        byte[] bytes = registers.bytes();
        Arrays.fill(bytes, VgaStateLayout.MISCELLANEOUS, VgaStateLayout.PREFERRED_WIDTH, (byte) 0);
        registers.set(VgaStateLayout.DAC_MASK, BYTE_MASK);
        dispi.powerOn();
        registers.endUpdate();
    }

    /**
     * What the display shows, for one thread that looks.
     *
     * @param view the linear frame buffer, for that thread
     */
    public Screen screen(FrameBufferMemory view) {
        return new VgaScreen(registers, planes.memory(), Objects.requireNonNull(view));
    }

    /**
     * Offers the tenant another mode by EDID, 1280x800 at first.
     *
     * @throws IllegalArgumentException below 320x200 or above 3840x2160
     */
    public void preferMode(int width, int height) {
        if (!Edid.isMode(width, height)) {
            throw new IllegalArgumentException("no mode of " + width + " by " + height + " pixels");
        }
        registers.setWord(VgaStateLayout.PREFERRED_WIDTH, width);
        registers.setWord(VgaStateLayout.PREFERRED_HEIGHT, height);
        window.describe();
    }

    /**
     * Reads from ports 0x3b0 to 0x3df, byte by byte, and 0x1ce to 0x1d0, which are words.
     *
     * @param size in bytes, 1, 2 or 4
     */
    public int portRead(int port, int size) {
        if (isDispi(port)) {
            int index = registers.getWord(VgaStateLayout.DISPI_INDEX);
            return port == DispiRegisters.PORT_INDEX ? index : dispi.read(index);
        }
        int value = 0;
        for (int at = 0; at < size; at++) {
            value |= ports.read(port + at) << at * Byte.SIZE;
        }
        return value;
    }

    /**
     * Writes to ports; a word to a pair of index and data ports writes both.
     *
     * @param size in bytes, 1, 2 or 4
     */
    public void portWrite(int port, int size, int value) {
        registers.beginUpdate();
        if (!isDispi(port)) {
            for (int at = 0; at < size; at++) {
                ports.write(port + at, value >> at * Byte.SIZE & BYTE_MASK);
            }
        } else if (port == DispiRegisters.PORT_INDEX) {
            registers.setWord(VgaStateLayout.DISPI_INDEX, size == 1 ? value & BYTE_MASK : value);
        } else if (size == 1) {
            invalidAccesses++;
        } else {
            dispi.write(registers.getWord(VgaStateLayout.DISPI_INDEX), value);
        }
        registers.endUpdate();
    }

    private static boolean isDispi(int port) {
        return port >= DispiRegisters.PORT_INDEX && port < DispiRegisters.PORT_INDEX + DispiRegisters.PORT_COUNT;
    }

    /**
     * Reads from the legacy window.
     *
     * @param offset from 0xa0000
     * @param size in bytes, 1 to 8
     */
    public long windowRead(int offset, int size) {
        long value = 0;
        for (int at = 0; at < size; at++) {
            value |= (long) windowReadByte(offset + at) << at * Byte.SIZE;
        }
        return value;
    }

    /**
     * Writes to the legacy window.
     *
     * @param offset from 0xa0000
     * @param size in bytes, 1 to 8
     */
    public void windowWrite(int offset, int size, long value) {
        for (int at = 0; at < size; at++) {
            windowWriteByte(offset + at, (int) (value >> at * Byte.SIZE) & BYTE_MASK);
        }
    }

    private int windowReadByte(int offset) {
        int map = map();
        int address = offset - MAP_STARTS[map];
        if (address < 0 || address >= MAP_SIZES[map]) {
            return BYTE_MASK;
        }
        return dispi.hasBank() ? dispi.readByte(dispi.bankStart() + offset) : planes.read(address);
    }

    private void windowWriteByte(int offset, int value) {
        int map = map();
        int address = offset - MAP_STARTS[map];
        if (address < 0 || address >= MAP_SIZES[map]) {
            droppedBytes++;
        } else if (!dispi.hasBank()) {
            planes.write(address, value);
        } else if (!dispi.writeByte(dispi.bankStart() + offset, value)) {
            droppedBytes++;
        }
    }

    /** A bank always appears at 0xa0000. */
    private int map() {
        return dispi.hasBank()
                ? 1
                : registers.get(VgaStateLayout.GRAPHICS + VgaRegisters.GRAPHICS_MISCELLANEOUS) >> MAP_SHIFT & MAP_MASK;
    }

    /**
     * Reads from the register window of the PCI function.
     *
     * @param offset 0 to {@link #REGISTERS_SIZE} - 1
     * @param size in bytes, 1 to 8
     */
    public long registerRead(int offset, int size) {
        return window.read(offset, size);
    }

    /**
     * Writes to the register window of the PCI function.
     *
     * @param offset 0 to {@link #REGISTERS_SIZE} - 1
     * @param size in bytes, 1 to 8
     */
    public void registerWrite(int offset, int size, long value) {
        registers.beginUpdate();
        window.write(offset, size, value);
        registers.endUpdate();
    }

    /** The state now. */
    public VgaDisplayState state() {
        return VgaDisplayState.copyOf(registers.bytes());
    }

    /** Writes the state, {@link VgaDisplayState#SIZE} bytes, without allocating. */
    public void save(MemorySegment segment) {
        MemorySegment.copy(registers.bytes(), 0, segment, ValueLayout.JAVA_BYTE, 0, VgaDisplayState.SIZE);
    }

    /**
     * Takes over a state. A Bochs mode that needs more memory than there is here is cut to what there is.
     */
    public void restore(VgaDisplayState state) {
        registers.beginUpdate();
        state.copyTo(registers.bytes());
        dispi.fit();
        registers.endUpdate();
        window.describe();
    }

    /** What has been refused so far. */
    public VgaCounters counters() {
        return new VgaCounters(invalidAccesses + ports.invalidAccesses() + window.invalidAccesses(), droppedBytes);
    }
}
