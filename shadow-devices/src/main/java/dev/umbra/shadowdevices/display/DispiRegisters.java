// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

/** Registers of the Bochs VBE interface ("DISPI"), as firmware and drivers know them. All are 16 bits wide. */
final class DispiRegisters {
    static final int PORT_INDEX = 0x1ce;
    /** The data port is the one after the index and, for those whose 16-bit ports have to be even, the one after that. */
    static final int PORT_COUNT = 3;

    static final int ID = 0;
    static final int WIDTH = 1;
    static final int HEIGHT = 2;
    static final int DEPTH = 3;
    static final int ENABLE = 4;
    static final int BANK = 5;
    static final int VIRTUAL_WIDTH = 6;
    static final int VIRTUAL_HEIGHT = 7;
    static final int X_OFFSET = 8;
    static final int Y_OFFSET = 9;
    /** Registers that are kept; the next one follows from the memory. */
    static final int COUNT = 10;

    static final int VIDEO_MEMORY_64K = 10;
    /** Words from the first register by memory access. */
    static final int WINDOW_COUNT = 11;

    static final int LOWEST_ID = 0xb0c0;
    static final int HIGHEST_ID = 0xb0c5;

    static final int ENABLED = 0x01;
    static final int GET_CAPABILITIES = 0x02;
    static final int DAC_8_BIT = 0x20;
    static final int LINEAR = 0x40;
    static final int NO_CLEAR = 0x80;
    static final int ENABLE_MASK = ENABLED | GET_CAPABILITIES | DAC_8_BIT | LINEAR | NO_CLEAR;

    static final int BANK_SIZE = 0x10000;
    static final int MAXIMUM_DEPTH = 32;
    static final int PLANAR_DEPTH = 4;
    /** Pixels from one row to the next. */
    static final int MAXIMUM_VIRTUAL_WIDTH = 16384;

    private DispiRegisters() {}

    /** Whether frames of so many bits per pixel can be shown. */
    static boolean isDepth(int depth) {
        return switch (depth) {
            case PLANAR_DEPTH, 8, 15, 16, 24, MAXIMUM_DEPTH -> true;
            default -> false;
        };
    }

    /** Bytes of a pixel in the linear frame buffer, for every depth but {@link #PLANAR_DEPTH}. */
    static int bytesPerPixel(int depth) {
        return (depth + Byte.SIZE - 1) / Byte.SIZE;
    }
}
