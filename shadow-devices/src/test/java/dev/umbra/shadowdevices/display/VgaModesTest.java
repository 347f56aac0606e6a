// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The BIOS modes, pixel by pixel. */
class VgaModesTest extends VgaTest {
    private static final int TEXT_WINDOW = 0x18000;
    private static final int[] TEXT_COLOURS = {0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f
    };

    private final Random random = new Random(3);

    @Test
    void powerOn_nothingProgrammed_isBlackInTheSizeOfText() {
        refresh();

        assertThat(picture.width()).isEqualTo(720);
        assertThat(picture.height()).isEqualTo(400);
        assertThat(pixel(0, 0)).isZero();
    }

    @Test
    void text_fullScreen_showsTheTenantsFont() {
        byte[] font = new byte[256 * 32];
        random.nextBytes(font);
        int[] cells = random.ints(80 * 25, 0, 0x10000).toArray();
        startText(font);
        write(cells);

        refresh();

        assertThat(picture.width()).isEqualTo(720);
        assertThat(picture.height()).isEqualTo(400);
        int[] expected = new int[picture.width() * picture.height()];
        for (int y = 0; y < 400; y++) {
            for (int x = 0; x < 720; x++) {
                int cell = cells[y / 16 * 80 + x / 9];
                boolean cursor = y / 16 == 0 && x / 9 == 0 && y % 16 >= 13 && y % 16 <= 14;
                int bits = font[(cell & 0xff) * 32 + y % 16];
                boolean lineGraphics = (cell & 0xff) >= 0xc0 && (cell & 0xff) <= 0xdf;
                int dot = x % 9;
                boolean lit = dot < 8 ? (bits >> 7 - dot & 1) != 0 : lineGraphics && (bits & 1) != 0;
                int colour = lit || cursor ? cell >> 8 & 15 : cell >> 12 & 7;
                expected[y * picture.width() + x] = loadedColour(TEXT_COLOURS[colour]);
            }
        }
        assertThat(pixels()).isEqualTo(expected);
    }

    @Test
    void text_oneCharacterChanged_damagesItsTileOnly() {
        byte[] font = new byte[256 * 32];
        Arrays.fill(font, 'A' * 32, 'A' * 32 + 16, (byte) 0xff);
        startText(font);
        write(new int[80 * 25]);
        refresh();

        display.windowWrite(TEXT_WINDOW + 2 * (3 * 80 + 20), 2, 0x0741);
        BitSet damage = refresh();

        assertThat(damage.stream().toArray()).containsExactly(tile(20 * 9, 3 * 16));
        assertThat(refresh().isEmpty()).isTrue();
    }

    @Test
    void text_startAddressAndCursorMoved_scrollWithoutBeingDrawnAnew() {
        byte[] font = new byte[256 * 32];
        random.nextBytes(font);
        startText(font);
        write(random.ints(80 * 26, 0, 0x800).map(cell -> cell | 0x700).toArray());
        refresh();
        int below = pixel(100, 40);

        index(0x3d4, 0x0d, 80);
        index(0x3d4, 0x0f, 85);
        refresh();

        assertThat(pixel(100, 24)).isEqualTo(below);
    }

    @Test
    void text_brightBackground_replacesBlink() {
        startText(new byte[256 * 32]);
        write(new int[] {0, 0xf000});
        refresh();
        assertThat(pixel(9, 0)).isEqualTo(loadedColour(7));

        attribute(0x10, 0x04);
        refresh();

        assertThat(pixel(9, 0)).isEqualTo(loadedColour(0x3f));
    }

    @Test
    void text_secondFont_isChosenByTheAttribute() {
        byte[] font = new byte[256 * 32];
        startText(font);
        index(0x3c4, 3, 0x04); // second font from map 1, at 0x4000
        planeBytes[(0x4000 + 'A' * 32) * 4 + 2] = (byte) 0x80;
        write(new int[] {0, 0x0741, 0x0f41});

        refresh();

        assertThat(pixel(9, 0)).isEqualTo(loadedColour(0));
        assertThat(pixel(18, 0)).isEqualTo(loadedColour(0x3f));
    }

    @Test
    void text40_dots_areTwoPixelsWide() {
        byte[] font = new byte[256 * 32];
        font['A' * 32] = 0x40;
        VgaMode.TEXT_40.program(display);
        loadPalette();
        loadFont(font);
        write(new int[] {0, 0x0741});

        refresh();

        assertThat(picture.width()).isEqualTo(720);
        assertThat(pixel(19, 0)).isEqualTo(loadedColour(0));
        assertThat(pixel(20, 0)).isEqualTo(loadedColour(7));
        assertThat(pixel(21, 0)).isEqualTo(loadedColour(7));
        assertThat(pixel(22, 0)).isEqualTo(loadedColour(0));
    }

    @Test
    void planar640_randomPlanes_showsSixteenColours() {
        VgaMode.PLANAR_640.program(display);
        loadPalette();
        byte[][] planes = writePlanes(80 * 480);

        refresh();

        assertThat(picture.width()).isEqualTo(640);
        assertThat(picture.height()).isEqualTo(480);
        int[] expected = new int[picture.width() * picture.height()];
        for (int y = 0; y < 480; y++) {
            for (int x = 0; x < 640; x++) {
                int colour = planarColour(planes, y * 80 + x / 8, x % 8);
                expected[y * picture.width() + x] = loadedColour(TEXT_COLOURS[colour]);
            }
        }
        assertThat(pixels()).isEqualTo(expected);
    }

    @Test
    void planar640_oneByteWritten_damagesItsTileOnly() {
        VgaMode.PLANAR_640.program(display);
        loadPalette();
        refresh();

        display.windowWrite(100 * 80 + 33, 1, 0xff);
        BitSet damage = refresh();

        assertThat(damage.stream().toArray()).containsExactly(tile(33 * 8, 100));
    }

    @Test
    void planar640_lineCompare_showsTheStartBelow() {
        VgaMode.PLANAR_640.program(display);
        loadPalette();
        byte[][] planes = writePlanes(0x10000);
        index(0x3d4, 0x0c, 0x10);
        index(0x3d4, 0x11, 0);
        index(0x3d4, 0x18, 199);
        index(0x3d4, 0x07, 0x2e);
        index(0x3d4, 0x09, 0);

        refresh();

        assertThat(pixel(5, 199)).isEqualTo(loadedColour(TEXT_COLOURS[planarColour(planes, 0x1000 + 199 * 80, 5)]));
        assertThat(pixel(5, 200)).isEqualTo(loadedColour(TEXT_COLOURS[planarColour(planes, 0, 5)]));
        assertThat(pixel(5, 201)).isEqualTo(loadedColour(TEXT_COLOURS[planarColour(planes, 80, 5)]));
    }

    @Test
    void planar320_pixels_areDoubledBothWays() {
        VgaMode.PLANAR_320.program(display);
        loadPalette();
        byte[][] planes = writePlanes(40 * 200);

        refresh();

        assertThat(picture.width()).isEqualTo(640);
        assertThat(picture.height()).isEqualTo(400);
        int[] expected = new int[picture.width() * picture.height()];
        for (int y = 0; y < 400; y++) {
            for (int x = 0; x < 640; x++) {
                int colour = planarColour(planes, y / 2 * 40 + x / 16, x / 2 % 8);
                expected[y * picture.width() + x] = loadedColour(TEXT_COLOURS[colour]);
            }
        }
        assertThat(pixels()).isEqualTo(expected);
    }

    @Test
    void chained256_randomBytes_showsOneColourPerByte() {
        VgaMode.CHAINED_256.program(display);
        loadPalette();
        byte[] pixels = new byte[320 * 200];
        random.nextBytes(pixels);
        for (int at = 0; at < pixels.length; at++) {
            display.windowWrite(at, 1, pixels[at] & 0xff);
        }

        refresh();

        assertThat(picture.width()).isEqualTo(640);
        assertThat(picture.height()).isEqualTo(400);
        int[] expected = new int[picture.width() * picture.height()];
        for (int y = 0; y < 400; y++) {
            for (int x = 0; x < 640; x++) {
                expected[y * picture.width() + x] = loadedColour(pixels[y / 2 * 320 + x / 2] & 0xff);
            }
        }
        assertThat(pixels()).isEqualTo(expected);
        for (int at = 0; at < pixels.length; at++) {
            assertThat(display.windowRead(at, 1)).isEqualTo(pixels[at] & 0xff);
        }
    }

    @Test
    void unchained256_modeX_showsPlaneByPlane() {
        VgaMode.CHAINED_256.program(display);
        loadPalette();
        index(0x3c4, 4, 0x06); // not chained
        index(0x3d4, 0x11, 0x0c);
        index(0x3d4, 0x14, 0x00); // byte addresses
        index(0x3d4, 0x17, 0xe3);
        index(0x3d4, 0x07, 0x3e); // 480 lines
        index(0x3d4, 0x12, 0xdf);
        for (int plane = 0; plane < 4; plane++) {
            index(0x3c4, 2, 1 << plane);
            for (int at = 0; at < 80 * 240; at++) {
                display.windowWrite(at, 1, at * 7 + plane * 31);
            }
        }

        refresh();

        assertThat(picture.height()).isEqualTo(480);
        int[] expected = new int[picture.width() * picture.height()];
        for (int y = 0; y < 480; y++) {
            for (int x = 0; x < 640; x++) {
                int source = (y / 2 * 80 + x / 8) * 7 + x / 2 % 4 * 31;
                expected[y * picture.width() + x] = loadedColour(source & 0xff);
            }
        }
        assertThat(pixels()).isEqualTo(expected);
    }

    @Test
    void cga4_evenAndOddRows_areInTwoBanks() {
        VgaMode.CGA_4.program(display);
        loadPalette();
        byte[] memory = new byte[0x4000];
        random.nextBytes(memory);
        for (int at = 0; at < memory.length; at++) {
            display.windowWrite(TEXT_WINDOW + at, 1, memory[at] & 0xff);
        }

        refresh();

        int[] colours = {0, 0x13, 0x15, 0x17};
        assertThat(picture.width()).isEqualTo(640);
        assertThat(picture.height()).isEqualTo(400);
        int[] expected = new int[picture.width() * picture.height()];
        for (int y = 0; y < 400; y++) {
            for (int x = 0; x < 640; x++) {
                int row = y / 2;
                int column = x / 2;
                int source = memory[(row & 1) * 0x2000 + row / 2 * 80 + column / 4];
                expected[y * picture.width() + x] = loadedColour(colours[source >> 6 - column % 4 * 2 & 3]);
            }
        }
        assertThat(pixels()).isEqualTo(expected);
    }

    @Test
    void screenOff_anyWay_isBlackInTheSameSize() {
        VgaMode.PLANAR_640.program(display);
        loadPalette();
        setColour(0, 63, 63, 63);
        refresh();
        assertThat(pixel(0, 0)).isEqualTo(0xffffff);

        index(0x3c4, 1, 0x21);
        refresh();
        assertThat(pixel(0, 0)).isZero();
        index(0x3c4, 1, 0x01);
        index(0x3d4, 0x17, 0x63);
        refresh();
        assertThat(pixel(0, 0)).isZero();
        index(0x3d4, 0x17, 0xe3);
        refresh();
        assertThat(pixel(0, 0)).isEqualTo(0xffffff);
        display.portRead(0x3da, 1);
        display.portWrite(0x3c0, 1, 0);
        refresh();

        assertThat(pixel(0, 0)).isZero();
        assertThat(picture.width()).isEqualTo(640);
    }

    @Test
    void width_takenAway_leavesNothingOfThePictureBefore() {
        startText(new byte[256 * 32]);
        setColour(0, 63, 0, 0);
        refresh();
        assertThat(pixel(719, 399)).isEqualTo(0xff0000);

        index(0x3d4, 0x11, 0);
        index(0x3d4, 0x01, 0);
        refresh();

        assertThat(picture.width()).isEqualTo(720);
        assertThat(pixel(719, 399)).isZero();
    }

    private void startText(byte[] font) {
        VgaMode.TEXT.program(display);
        loadPalette();
        loadFont(font);
    }

    /** As firmware does it: plane 2 alone, addresses in sequence, at 0xa0000; then back. */
    private void loadFont(byte[] font) {
        index(0x3c4, 2, 0x04);
        index(0x3c4, 4, 0x06);
        index(0x3ce, 5, 0x00);
        index(0x3ce, 6, 0x04);
        for (int at = 0; at < font.length; at++) {
            display.windowWrite(at, 1, font[at] & 0xff);
        }
        index(0x3c4, 2, 0x03);
        index(0x3c4, 4, 0x02);
        index(0x3ce, 5, 0x10);
        index(0x3ce, 6, 0x0e);
    }

    private void write(int[] cells) {
        for (int at = 0; at < cells.length; at++) {
            display.windowWrite(TEXT_WINDOW + 2 * at, 2, cells[at]);
        }
    }

    private byte[][] writePlanes(int size) {
        byte[][] planes = new byte[4][size];
        for (int plane = 0; plane < 4; plane++) {
            random.nextBytes(planes[plane]);
            index(0x3c4, 2, 1 << plane);
            for (int at = 0; at < size; at++) {
                display.windowWrite(at, 1, planes[plane][at] & 0xff);
            }
        }
        return planes;
    }

    private static int planarColour(byte[][] planes, int address, int dot) {
        int colour = 0;
        for (int plane = 0; plane < 4; plane++) {
            colour += (planes[plane][address] >> 7 - dot & 1) << plane;
        }
        return colour;
    }

    private void attribute(int index, int value) {
        display.portRead(0x3da, 1);
        display.portWrite(0x3c0, 1, index | 0x20);
        display.portWrite(0x3c0, 1, value);
    }
}
