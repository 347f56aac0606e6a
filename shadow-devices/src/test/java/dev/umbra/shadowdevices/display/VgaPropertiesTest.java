// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class VgaPropertiesTest {
    private static final int MAXIMUM_STEPS = 60;

    /** Against a renderer that computes each pixel by itself, before and after some bytes have changed. */
    @Property(tries = 200)
    void linearMode_anyFormat_showsEachPixel(
            @ForAll("depths") int depth,
            @ForAll @IntRange(min = 1, max = 200) int width,
            @ForAll @IntRange(min = 1, max = 60) int height,
            @ForAll @IntRange(min = 0, max = 70) int padding,
            @ForAll @IntRange(min = 0, max = 40) int x,
            @ForAll @IntRange(min = 0, max = 20) int y,
            @ForAll boolean bigEndian,
            @ForAll boolean spareByte,
            @ForAll long seed) {
        VgaExerciser exerciser = new VgaExerciser();
        Random random = new Random(seed);
        fill(exerciser, random, spareByte ? 0xffffffff : 0x00ffffff);
        int[] mode = {1, width, 2, height, 3, depth, 4, 0x81, 6, width + padding, 8, x, 9, y};
        for (int at = 0; at < mode.length; at += 2) {
            exerciser.display.registerWrite(0x500 + 2 * mode[at], 2, mode[at + 1]);
        }
        exerciser.display.registerWrite(0x604, 4, bigEndian ? 0xbebebebeL : 0x1e1e1e1eL);
        exerciser.display.portWrite(0x3c0, 1, 0x20);

        for (int round = 0; round < 3; round++) {
            exerciser.refresh();
            assertThat(exerciser.picture.pixels().toArray(Canvas.PIXEL)).isEqualTo(expected(exerciser, bigEndian));
            for (int change = 0; change < 5; change++) {
                exerciser.frameBuffer.bytes[random.nextInt(height * (width + padding) * 2)] ^= (byte) random.nextInt();
            }
            exerciser.frameBuffer.absent.set(random.nextInt(64), round == 1);
        }
        exerciser.checkPicture();
    }

    private static void fill(VgaExerciser exerciser, Random random, int mask) {
        for (int at = 0; at < exerciser.frameBuffer.bytes.length; at += 4) {
            exerciser.frameBuffer.putInt(at, random.nextInt() & mask);
        }
        exerciser.display.portWrite(0x3c8, 1, 0);
        for (int component = 0; component < 768; component++) {
            exerciser.display.portWrite(0x3c9, 1, random.nextInt());
        }
    }

    private static int[] expected(VgaExerciser exerciser, boolean bigEndian) {
        int width = dispi(exerciser, 1);
        int height = dispi(exerciser, 2);
        int depth = dispi(exerciser, 3);
        int bytes = (depth + 7) / 8;
        int[] pixels = new int[width * height];
        for (int at = 0; at < pixels.length; at++) {
            long row = dispi(exerciser, 9) + at / width;
            long offset = (row * dispi(exerciser, 6) + dispi(exerciser, 8) + at % width) * bytes;
            long value = 0;
            for (int index = 0; index < bytes; index++) {
                long part = exerciser.frameBuffer.at(offset + index);
                value |= part << 8 * (bigEndian ? bytes - 1 - index : index);
            }
            pixels[at] = colour(exerciser, depth, (int) value);
        }
        return pixels;
    }

    private static int dispi(VgaExerciser exerciser, int register) {
        return (int) exerciser.display.registerRead(0x500 + 2 * register, 2);
    }

    private static int colour(VgaExerciser exerciser, int depth, int value) {
        return switch (depth) {
            case 8 -> {
                exerciser.display.portWrite(0x3c7, 1, value);
                int colour = 0;
                for (int component = 0; component < 3; component++) {
                    colour = colour << 8 | scale(exerciser.display.portRead(0x3c9, 1), 6);
                }
                yield colour;
            }
            case 15 -> scale(value >> 10, 5) << 16 | scale(value >> 5, 5) << 8 | scale(value, 5);
            case 16 -> scale(value >> 11, 5) << 16 | scale(value >> 5, 6) << 8 | scale(value, 5);
            default -> value & 0xffffff;
        };
    }

    /** Eight bits of the lowest few: the pattern repeated, so that none and all stay none and all. */
    private static int scale(int value, int bits) {
        int level = value & (1 << bits) - 1;
        return (level << bits | level) >> 2 * bits - 8;
    }

    @Property(tries = 150)
    void anything_afterwards_isShownAsIfAtOnceAndMarkedExactly(@ForAll("programs") byte[] program) {
        VgaExerciser exerciser = new VgaExerciser();

        exerciser.run(program);

        exerciser.checkPicture();
    }

    @Property(tries = 150)
    void savedState_atAnyPoint_givesAnIdenticalContinuation(
            @ForAll("programs") byte[] before, @ForAll("programs") byte[] after) {
        VgaExerciser original = new VgaExerciser();
        original.run(before);
        VgaExerciser restored = new VgaExerciser();
        restored.display.restore(original.display.state());
        System.arraycopy(original.planes, 0, restored.planes, 0, restored.planes.length);
        System.arraycopy(
                original.frameBuffer.bytes, 0, restored.frameBuffer.bytes, 0, restored.frameBuffer.bytes.length);
        restored.frameBuffer.absent.or(original.frameBuffer.absent);
        original.observations.clear();

        original.run(after);
        restored.run(after);

        assertThat(restored.observations).isEqualTo(original.observations);
        assertThat(restored.display.state()).isEqualTo(original.display.state());
        assertThat(restored.planes).isEqualTo(original.planes);
        assertThat(restored.frameBuffer.bytes).isEqualTo(original.frameBuffer.bytes);
    }

    @Property(tries = 300)
    void decode_ofDamagedBytes_isRefusedOrWorks(@ForAll("programs") byte[] program, @ForAll("damages") int[] damage) {
        VgaExerciser exerciser = new VgaExerciser();
        exerciser.run(program);
        byte[] bytes = new byte[VgaDisplayState.SIZE];
        exerciser.display.save(MemorySegment.ofArray(bytes));
        for (int change : damage) {
            bytes[Math.floorMod(change, bytes.length)] ^= (byte) (1 << (change >>> 16 & 7));
        }

        HostileState.decodeAndUse(bytes);
    }

    @Provide
    Arbitrary<Integer> depths() {
        return Arbitraries.of(8, 15, 16, 24, 32);
    }

    @Provide
    Arbitrary<byte[]> programs() {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(MAXIMUM_STEPS * VgaExerciser.STEP_BYTES);
    }

    @Provide
    Arbitrary<int[]> damages() {
        return Arbitraries.integers().array(int[].class).ofMinSize(1).ofMaxSize(4);
    }
}
