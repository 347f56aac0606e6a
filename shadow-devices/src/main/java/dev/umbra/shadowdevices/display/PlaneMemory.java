// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static dev.umbra.shadowdevices.display.VgaRegisters.*;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The four planes of 64 KiB, and the way of the processor's bytes into them through the graphics controller.
 *
 * <p>A byte of each plane at the same address lie side by side, plane 0 first, so that what the hardware does to four planes at
 * once is one operation on 32 bits here. The way of a byte is that of the Technical Reference, "Graphics Controller Registers":
 * rotation, set/reset, logical operation with the latches, bit mask, map mask, each in all ways of addressing. In chain-4 mode
 * the two lowest address bits choose the plane and every fourth address of a plane is used; in odd/even mode the lowest bit
 * chooses between even and odd planes and every second address is used, as on silicon.
 */
final class PlaneMemory {
    static final int SIZE = 256 * 1024;
    static final int PLANES = 4;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int PLANE_MASK = 3;
    private static final int ADDRESS_MASK = 0xffff;
    private static final int BYTE_MASK = 0xff;
    private static final int ALL_PLANES = 0x01010101;
    private static final int EVEN_PLANES = 0x5;
    private static final int ODD_PLANES = 0xa;
    /** Plane and bit 0 of the other one in odd/even reads. */
    private static final int UPPER_PLANES = 2;

    private static final int WRITE_MODE_MASK = 3;
    private static final int ROTATE_MASK = 7;
    private static final int FUNCTION_SHIFT = 3;

    private final MemorySegment memory;
    private final RegisterFile registers;

    /** Takes {@link #SIZE} bytes. */
    PlaneMemory(MemorySegment memory, RegisterFile registers) {
        this.memory = memory.asSlice(0, SIZE);
        this.registers = registers;
    }

    /** All planes, byte by byte. */
    MemorySegment memory() {
        return memory;
    }

    /** Reads a byte as the processor would; the latches take the byte of each plane. */
    int read(int address) {
        boolean chained = chained();
        boolean oddEven = (graphics(GRAPHICS_MODE) & MODE_ODD_EVEN) != 0;
        int latches = memory.get(INT, offset(address, chained, oddEven));
        VgaStateLayout.setWord(registers.bytes(), VgaStateLayout.LATCHES, latches);
        VgaStateLayout.setWord(registers.bytes(), VgaStateLayout.LATCHES + Short.BYTES, latches >>> Short.SIZE);
        if ((graphics(GRAPHICS_MODE) & MODE_READ_COMPARE) != 0) {
            int different = (latches ^ spread(graphics(COLOUR_COMPARE))) & spread(graphics(COLOUR_DO_NOT_CARE));
            int folded = different | different >>> 16;
            return ~(folded | folded >>> 8) & BYTE_MASK;
        }
        int plane = graphics(READ_MAP_SELECT);
        if (chained) {
            plane = address & PLANE_MASK;
        } else if (oddEven) {
            plane = plane & UPPER_PLANES | address & 1;
        }
        return latches >>> plane * Byte.SIZE & BYTE_MASK;
    }

    /** Writes a byte as the processor would. */
    void write(int address, int value) {
        boolean chained = chained();
        boolean oddEven = (sequencer(MEMORY_MODE) & MEMORY_SEQUENTIAL) == 0;
        int planes = sequencer(MAP_MASK);
        if (chained) {
            planes &= 1 << (address & PLANE_MASK);
        } else if (oddEven) {
            planes &= (address & 1) == 0 ? EVEN_PLANES : ODD_PLANES;
        }
        if (planes == 0) {
            return;
        }
        int offset = offset(address, chained, oddEven);
        int mask = spread(planes);
        memory.set(INT, offset, memory.get(INT, offset) & ~mask | throughController(value & BYTE_MASK) & mask);
    }

    private int throughController(int value) {
        int latches = registers.getWord(VgaStateLayout.LATCHES)
                | registers.getWord(VgaStateLayout.LATCHES + Short.BYTES) << Short.SIZE;
        int mode = graphics(GRAPHICS_MODE) & WRITE_MODE_MASK;
        int bits = graphics(BIT_MASK);
        int data;
        switch (mode) {
            case 0 -> {
                int enabled = spread(graphics(ENABLE_SET_RESET));
                data = rotated(value) * ALL_PLANES & ~enabled | spread(graphics(SET_RESET)) & enabled;
            }
            case 1 -> {
                return latches;
            }
            case 2 -> data = spread(value);
            default -> {
                bits &= rotated(value);
                data = spread(graphics(SET_RESET));
            }
        }
        data = switch (graphics(DATA_ROTATE) >> FUNCTION_SHIFT) {
            case 0 -> data;
            case 1 -> data & latches;
            case 2 -> data | latches;
            default -> data ^ latches;
        };
        int mask = bits * ALL_PLANES;
        return data & mask | latches & ~mask;
    }

    private int rotated(int value) {
        int count = graphics(DATA_ROTATE) & ROTATE_MASK;
        return (value >> count | value << Byte.SIZE - count) & BYTE_MASK;
    }

    private boolean chained() {
        return (sequencer(MEMORY_MODE) & MEMORY_CHAIN_4) != 0;
    }

    private int offset(int address, boolean chained, boolean oddEven) {
        int within = address & ADDRESS_MASK;
        if (chained) {
            within &= ~PLANE_MASK;
        } else if (oddEven && (graphics(GRAPHICS_MISCELLANEOUS) & GRAPHICS_CHAIN_ODD_EVEN) != 0) {
            within &= ~1;
        }
        return within * PLANES;
    }

    /** All bits of those planes whose bit is set. */
    private static int spread(int planes) {
        return (planes & 1 | (planes & 2) << 7 | (planes & 4) << 14 | (planes & 8) << 21) * BYTE_MASK;
    }

    private int sequencer(int index) {
        return registers.get(VgaStateLayout.SEQUENCER + index);
    }

    private int graphics(int index) {
        return registers.get(VgaStateLayout.GRAPHICS + index);
    }
}
