// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The graphics controller against one that works bit by bit. */
class PlaneMemoryTest {
    private static final int ADDRESS = 0x1234;

    private final byte[] planes = new byte[VgaDisplay.PLANE_MEMORY_SIZE];
    private final VgaDisplay display = new VgaDisplay(MemorySegment.ofArray(planes), new FakeFrameBuffer(1 << 16));

    @Property(tries = 1000)
    void write_anyModeInSequence_isWhatEachBitSays(
            @ForAll @IntRange(min = 0, max = 3) int mode,
            @ForAll @IntRange(min = 0, max = 15) int mapMask,
            @ForAll @IntRange(min = 0, max = 15) int setReset,
            @ForAll @IntRange(min = 0, max = 15) int enableSetReset,
            @ForAll @IntRange(min = 0, max = 31) int rotate,
            @ForAll byte bitMask,
            @ForAll byte[] before,
            @ForAll byte[] latched,
            @ForAll byte value) {
        sequencer(4, 0x06);
        sequencer(2, mapMask);
        graphics(6, 0x05);
        for (int plane = 0; plane < 4; plane++) {
            planes[ADDRESS * 4 + plane] = at(before, plane);
            planes[(ADDRESS + 1) * 4 + plane] = at(latched, plane);
        }
        display.windowRead(ADDRESS + 1, 1);
        graphics(0, setReset);
        graphics(1, enableSetReset);
        graphics(3, rotate);
        graphics(5, mode);
        graphics(8, bitMask);

        display.windowWrite(ADDRESS, 1, value);

        for (int plane = 0; plane < 4; plane++) {
            int expected = 0;
            for (int bit = 0; bit < 8; bit++) {
                int latch = at(latched, plane) >> bit & 1;
                int rotated = value >> (bit + (rotate & 7) & 7) & 1;
                boolean masked = (bitMask >> bit & 1) != 0;
                int set = setReset >> plane & 1;
                int data = switch (mode) {
                    case 0 -> (enableSetReset >> plane & 1) != 0 ? set : rotated;
                    case 2 -> value >> plane & 1;
                    default -> set;
                };
                int combined = switch (rotate >> 3) {
                    case 0 -> data;
                    case 1 -> data & latch;
                    case 2 -> data | latch;
                    default -> data ^ latch;
                };
                boolean open = mode != 1 && masked && (mode != 3 || rotated != 0);
                expected |= (open ? combined : latch) << bit;
            }
            boolean written = (mapMask >> plane & 1) != 0;
            assertThat(planes[ADDRESS * 4 + plane]).isEqualTo(written ? (byte) expected : at(before, plane));
        }
    }

    @Property(tries = 300)
    void readCompare_anyColours_tellsWhereTheyMatch(
            @ForAll @IntRange(min = 0, max = 15) int colour,
            @ForAll @IntRange(min = 0, max = 15) int relevant,
            @ForAll byte[] content) {
        sequencer(4, 0x06);
        graphics(6, 0x05);
        graphics(2, colour);
        graphics(7, relevant);
        graphics(5, 0x08);
        for (int plane = 0; plane < 4; plane++) {
            planes[ADDRESS * 4 + plane] = at(content, plane);
        }

        long read = display.windowRead(ADDRESS, 1);

        for (int bit = 0; bit < 8; bit++) {
            int found = 0;
            for (int plane = 0; plane < 4; plane++) {
                found |= (at(content, plane) >> bit & 1) << plane;
            }
            assertThat(read >> bit & 1).isEqualTo((found & relevant) == (colour & relevant) ? 1 : 0);
        }
    }

    @Property(tries = 300)
    void addressing_ofAllKinds_choosesPlaneAndPlace(
            @ForAll @IntRange(min = 0, max = 0xffff) int address, @ForAll @IntRange(min = 1, max = 255) int value) {
        graphics(4, 0x00);
        graphics(6, 0x05);
        graphics(8, 0xff);
        sequencer(2, 0x0f);
        sequencer(4, 0x0e);
        display.windowWrite(address, 1, value);
        assertThat(planes[(address & ~3) * 4 + (address & 3)]).isEqualTo((byte) value);
        assertThat(display.windowRead(address, 1)).isEqualTo(value);

        Arrays.fill(planes, (byte) 0);
        sequencer(2, 0x03);
        sequencer(4, 0x02);
        graphics(5, 0x10);
        graphics(6, 0x07);
        display.windowWrite(address, 1, value);
        assertThat(planes[(address & ~1) * 4 + (address & 1)]).isEqualTo((byte) value);
        assertThat(display.windowRead(address, 1)).isEqualTo(value);

        sequencer(2, 0x0f);
        sequencer(4, 0x06);
        graphics(5, 0x00);
        graphics(6, 0x05);
        display.windowWrite(address, 1, value);
        graphics(4, 3);
        assertThat(display.windowRead(address, 1)).isEqualTo(value);
        for (int plane = 0; plane < 4; plane++) {
            assertThat(planes[address * 4 + plane]).isEqualTo((byte) value);
        }
    }

    @Property(tries = 100)
    void map_anySelected_isWhereTheWindowIs(
            @ForAll @IntRange(min = 0, max = 3) int map, @ForAll @IntRange(min = 0, max = 0x1ffff) int offset) {
        int[] starts = {0, 0, 0x10000, 0x18000};
        int[] sizes = {0x20000, 0x10000, 0x8000, 0x8000};
        sequencer(2, 0x01);
        sequencer(4, 0x06);
        graphics(8, 0xff);
        graphics(6, map << 2 | 1);
        Arrays.fill(planes, (byte) 0);
        long dropped = display.counters().droppedBytes();

        display.windowWrite(offset, 1, 0x5a);

        int address = offset - starts[map];
        boolean inside = address >= 0 && address < sizes[map];
        assertThat(display.windowRead(offset, 1)).isEqualTo(inside ? 0x5a : 0xff);
        assertThat(display.counters().droppedBytes() - dropped).isEqualTo(inside ? 0 : 1);
        if (inside) {
            assertThat(planes[(address & 0xffff) * 4]).isEqualTo((byte) 0x5a);
        }
    }

    private static byte at(byte[] bytes, int index) {
        return index < bytes.length ? bytes[index] : 0;
    }

    private void sequencer(int index, int value) {
        display.portWrite(0x3c4, 2, index | (value & 0xff) << 8);
    }

    private void graphics(int index, int value) {
        display.portWrite(0x3ce, 2, index | (value & 0xff) << 8);
    }
}
