// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static dev.umbra.shadowdevices.display.DispiRegisters.*;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The Bochs VBE interface: a mode is a width, a height and a depth, in force once it is enabled.
 *
 * <p>While it is enabled, each write leaves registers that describe a picture which exists: sizes within those of a {@link
 * Picture}, a row that is at least as long as it is wide, and as many rows as the memory has. What a tenant asks for beyond that is
 * cut, and it reads what it got. A register written while the interface is disabled is kept as it is, since drivers write the
 * parts of a mode in any order.
 */
final class Dispi {
    private static final int NOTHING = 0;
    private static final int WORD_MASK = 0xffff;
    private static final int PLANE_SIZE = 0x10000;

    private final RegisterFile registers;
    private final FrameBufferMemory memory;

    Dispi(RegisterFile registers, FrameBufferMemory memory) {
        this.registers = registers;
        this.memory = memory;
    }

    void powerOn() {
        set(ID, HIGHEST_ID);
    }

    boolean isEnabled() {
        return (get(ENABLE) & ENABLED) != 0;
    }

    boolean isDac8Bit() {
        return (get(ENABLE) & DAC_8_BIT) != 0;
    }

    /** Whether the window at 0xa0000 shows a part of the linear frame buffer rather than the planes. */
    boolean hasBank() {
        return isEnabled() && get(DEPTH) != PLANAR_DEPTH;
    }

    /** Where the window begins in the frame buffer. */
    long bankStart() {
        return (long) get(BANK) * BANK_SIZE;
    }

    int read(int register) {
        if (register == VIDEO_MEMORY_64K) {
            return (int) Math.min(memory.size() / BANK_SIZE, WORD_MASK);
        }
        if (register < 0 || register >= COUNT) {
            return NOTHING;
        }
        if ((get(ENABLE) & GET_CAPABILITIES) != 0) {
            switch (register) {
                case WIDTH, HEIGHT -> {
                    return Picture.MAXIMUM_EXTENT;
                }
                case DEPTH -> {
                    return MAXIMUM_DEPTH;
                }
                default -> {}
            }
        }
        return get(register);
    }

    void write(int register, int value) {
        int written = value & WORD_MASK;
        switch (register) {
            case ID -> {
                if (written >= LOWEST_ID && written <= HIGHEST_ID) {
                    set(ID, written);
                }
            }
            case WIDTH, HEIGHT, DEPTH, VIRTUAL_WIDTH, X_OFFSET, Y_OFFSET -> {
                set(register, written);
                fit();
            }
            case BANK -> set(BANK, written);
            case ENABLE -> enable(written & ENABLE_MASK);
            default -> {}
        }
    }

    /** Cuts the mode to what can be shown. */
    void fit() {
        if (!isEnabled()) {
            return;
        }
        int depth = get(DEPTH);
        if (!isDepth(depth)) {
            depth = Byte.SIZE;
        }
        int width = Math.clamp(get(WIDTH), 1, Picture.MAXIMUM_EXTENT);
        int virtualWidth = Math.clamp(get(VIRTUAL_WIDTH), width, MAXIMUM_VIRTUAL_WIDTH);
        long size = depth == PLANAR_DEPTH ? PLANE_SIZE : memory.size();
        long lineBytes = bytes(virtualWidth, depth);
        int rows = Math.clamp(size / lineBytes, 1, WORD_MASK);
        int height = Math.clamp(get(HEIGHT), 1, Math.min(Picture.MAXIMUM_EXTENT, Picture.MAXIMUM_PIXELS / width));
        height = Math.min(height, rows);
        long needed = (height - 1) * lineBytes + bytes(width, depth);
        if (get(Y_OFFSET) * lineBytes + bytes(get(X_OFFSET), depth) + needed > size) {
            set(Y_OFFSET, 0);
        }
        if (bytes(get(X_OFFSET), depth) + needed > size) {
            set(X_OFFSET, 0);
        }
        set(DEPTH, depth);
        set(WIDTH, width);
        set(HEIGHT, height);
        set(VIRTUAL_WIDTH, virtualWidth);
        set(VIRTUAL_HEIGHT, rows);
    }

    private void enable(int value) {
        boolean enabling = (value & ENABLED) != 0 && !isEnabled();
        set(ENABLE, value);
        if (!enabling) {
            return;
        }
        set(VIRTUAL_WIDTH, 0);
        set(X_OFFSET, 0);
        set(Y_OFFSET, 0);
        fit();
        if ((value & NO_CLEAR) == 0 && get(DEPTH) != PLANAR_DEPTH) {
            clear(bytes(get(VIRTUAL_WIDTH), get(DEPTH)) * get(HEIGHT));
        }
    }

    private void clear(long length) {
        int pages =
                (int) (Math.min(length + FrameBufferMemory.PAGE_SIZE - 1, memory.size()) / FrameBufferMemory.PAGE_SIZE);
        for (int index = 0; index < pages; index++) {
            MemorySegment page = memory.page(index);
            if (page != null && !page.isReadOnly()) {
                page.fill((byte) 0);
            }
        }
    }

    /** Reads a byte of the frame buffer; zero where there is none. */
    int readByte(long offset) {
        MemorySegment page = pageAt(offset);
        return page == null
                ? NOTHING
                : Byte.toUnsignedInt(page.get(ValueLayout.JAVA_BYTE, offset % FrameBufferMemory.PAGE_SIZE));
    }

    /** Writes a byte of the frame buffer and tells whether that was possible. */
    boolean writeByte(long offset, int value) {
        MemorySegment page = pageAt(offset);
        if (page == null || page.isReadOnly()) {
            return false;
        }
        page.set(ValueLayout.JAVA_BYTE, offset % FrameBufferMemory.PAGE_SIZE, (byte) value);
        return true;
    }

    private MemorySegment pageAt(long offset) {
        return offset < memory.size() ? memory.page((int) (offset / FrameBufferMemory.PAGE_SIZE)) : null;
    }

    private static long bytes(int pixels, int depth) {
        return depth == PLANAR_DEPTH
                ? (pixels + Byte.SIZE - 1) / Byte.SIZE
                : (long) pixels * DispiRegisters.bytesPerPixel(depth);
    }

    private int get(int register) {
        return registers.getWord(VgaStateLayout.DISPI + register * Short.BYTES);
    }

    private void set(int register, int value) {
        registers.setWord(VgaStateLayout.DISPI + register * Short.BYTES, value);
    }
}
