// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Does to a display what four bytes say: an operation, and three bytes for it. A sequence of such steps is a program; properties and
 * the fuzz targets share it.
 *
 * <p>Drawing takes a thousand times as long as an access, so the number of pixels that are drawn can be limited.
 */
final class VgaExerciser {
    static final int STEP_BYTES = 4;
    static final int OPERATIONS = 12;
    /** Small, so that modes which fill it are drawn fast. */
    private static final int MEMORY_SIZE = 256 << 10;

    /** Of the target that is after registers rather than pixels. */
    static final int FEW_PIXELS = 1 << 14;

    /** Of the target that is after pixels; enough for 320 by 200. */
    static final int MANY_PIXELS = 1 << 16;

    private static final int[] SIZES = {1, 2, 4, 8};
    /** CRT controller registers and their values: 8 characters, 64 lines. */
    private static final int[] CORNER = {0x0011, 0x0701, 0x0007, 0x3f12};

    private static final int[] DEPTHS = {4, 8, 15, 16, 24, 32};

    final FakeFrameBuffer frameBuffer = new FakeFrameBuffer(MEMORY_SIZE);
    final byte[] planes = new byte[VgaDisplay.PLANE_MEMORY_SIZE];
    final VgaDisplay display = new VgaDisplay(MemorySegment.ofArray(planes), frameBuffer);
    final Screen screen = display.screen(frameBuffer);
    final Picture picture = new Picture(1, 1);
    final List<Long> observations = new ArrayList<>();
    private final int pixelLimit;

    VgaExerciser() {
        this(Picture.MAXIMUM_PIXELS);
    }

    /** Draws no picture of more pixels. */
    VgaExerciser(int pixelLimit) {
        this.pixelLimit = pixelLimit;
    }

    void run(byte[] program) {
        for (int at = 0; at + STEP_BYTES <= program.length; at += STEP_BYTES) {
            step(program[at] & 0xff, program[at + 1] & 0xff, program[at + 2] & 0xff, program[at + 3] & 0xff);
        }
    }

    private void step(int operation, int first, int second, int third) {
        int size = SIZES[operation >> 6];
        int portSize = Math.min(size, Integer.BYTES);
        int place = first << 8 | second;
        switch (operation % OPERATIONS) {
            case 0 -> display.portWrite(0x3b0 + first % 0x30, portSize, second | third << 8);
            case 1 -> observations.add((long) display.portRead(0x3b0 + first % 0x30, portSize));
            case 2 -> display.windowWrite(place * 2, size, third * 0x0101_0101_0101_0101L);
            case 3 -> observations.add(display.windowRead(place * 2, size));
            case 4 -> display.registerWrite(place % VgaDisplay.REGISTERS_SIZE, size, third * 0x0101_0101_0101_0101L);
            case 5 -> observations.add(display.registerRead(place % VgaDisplay.REGISTERS_SIZE, size));
            case 6 -> dispi(first % 12, second | third << 8);
            case 7 -> biosMode(first, second);
            case 8 -> {
                dispi(DispiRegisters.ENABLE, 0);
                dispi(DispiRegisters.WIDTH, first + 1);
                dispi(DispiRegisters.HEIGHT, second + 1);
                dispi(DispiRegisters.DEPTH, DEPTHS[third % DEPTHS.length]);
                dispi(DispiRegisters.ENABLE, DispiRegisters.ENABLED | third & DispiRegisters.NO_CLEAR);
                display.portRead(0x3da, 1);
                display.portWrite(0x3c0, 1, 0x20);
            }
            case 9 -> registers(first, second, third);
            case 10 -> frameBuffer.bytes[place * 4] = (byte) third;
            default -> other(first, second);
        }
    }

    /** A mode of the BIOS, or a corner of it, which is drawn faster. */
    private void biosMode(int mode, int corner) {
        VgaMode.values()[mode % VgaMode.values().length].program(display);
        if ((corner & 1) != 0) {
            for (int register : CORNER) {
                display.portWrite(0x3d4, 2, register);
            }
        }
    }

    /** Registers that a uniform choice of ports would reach too rarely. */
    private void registers(int first, int second, int third) {
        switch (first % 4) {
            case 0 -> display.portWrite(0x3d4, 2, second % 26 | third << 8);
            case 1 -> display.portWrite(0x3c4, 2, second % 6 | third << 8);
            case 2 -> display.portWrite(0x3ce, 2, second % 10 | third << 8);
            default -> {
                display.portRead(0x3da, 1);
                display.portWrite(0x3c0, 1, second & 0x1f | 0x20);
                display.portWrite(0x3c0, 1, third);
            }
        }
    }

    private void other(int first, int second) {
        switch (first % 8) {
            case 0 -> frameBuffer.absent.flip(second % (MEMORY_SIZE / FrameBufferMemory.PAGE_SIZE));
            case 1 -> saveAndRestore();
            case 2 -> display.preferMode(320 + second, 200 + second);
            case 3 -> {
                if (second == 0) {
                    display.reset();
                }
            }
            default -> refresh();
        }
    }

    private void dispi(int register, int value) {
        display.portWrite(0x1ce, 2, register);
        display.portWrite(0x1cf, 2, value);
    }

    void saveAndRestore() {
        MemorySegment saved = MemorySegment.ofArray(new byte[VgaDisplayState.SIZE]);
        display.save(saved);
        display.restore(VgaDisplayState.decode(saved));
    }

    /** Brings the picture up to date and checks that tiles are marked if and only if they differ. */
    void refresh() {
        if (!isDrawn()) {
            return;
        }
        int width = picture.width();
        int height = picture.height();
        int[] before = picture.pixels().toArray(Canvas.PIXEL);
        picture.takeDamage(List.of());
        screen.refresh(picture);
        BitSet damage = new BitSet();
        picture.takeDamage(List.of(damage));
        if (width == picture.width() && height == picture.height()) {
            int[] after = picture.pixels().toArray(Canvas.PIXEL);
            BitSet different = new BitSet();
            for (int at = Arrays.mismatch(before, after); at >= 0; at = nextDifference(before, after, at)) {
                different.set(at / width / Picture.TILE_HEIGHT * picture.columns() + at % width / Picture.TILE_WIDTH);
            }
            assertThat(damage).isEqualTo(different);
        }
    }

    /** The first pixel that differs behind {@code at} and its neighbours in the same row of the same tile; negative for none. */
    private int nextDifference(int[] before, int[] after, int at) {
        int column = at % picture.width();
        int end = Math.min(picture.width(), (column / Picture.TILE_WIDTH + 1) * Picture.TILE_WIDTH);
        int from = at - column + end;
        int found = Arrays.mismatch(before, from, before.length, after, from, after.length);
        return found < 0 ? found : from + found;
    }

    private boolean isDrawn() {
        byte[] registers = new byte[VgaDisplayState.SIZE];
        display.save(MemorySegment.ofArray(registers));
        ScanGeometry geometry = new DisplayRegisters(registers).geometry();
        return geometry.width() * geometry.height() <= pixelLimit;
    }

    /** What was drawn bit by bit has to be what another display with the same state draws at once. */
    void checkPicture() {
        if (!isDrawn()) {
            return;
        }
        refresh();
        VgaDisplay other = new VgaDisplay(MemorySegment.ofArray(planes), frameBuffer);
        other.restore(display.state());
        Picture expected = new Picture(1, 1);
        other.screen(frameBuffer).refresh(expected);
        assertThat(picture.width()).isEqualTo(expected.width());
        assertThat(picture.pixels().mismatch(expected.pixels())).isEqualTo(-1);
    }
}
