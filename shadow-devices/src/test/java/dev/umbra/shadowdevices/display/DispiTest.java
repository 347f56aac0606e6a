// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static dev.umbra.shadowdevices.display.DispiRegisters.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Bochs registers, the bank and the register window, used as firmware and drivers use them. */
class DispiTest extends VgaTest {
    private static final int LINEAR_MODE = ENABLED | LINEAR;

    @Test
    void identifier_versions_areTakenAndOthersRefused() {
        assertThat(dispi(ID)).isEqualTo(0xb0c5);
        dispi(ID, 0xb0c0);
        assertThat(dispi(ID)).isEqualTo(0xb0c0);

        dispi(ID, 0xb0c6);

        assertThat(dispi(ID)).isEqualTo(0xb0c0);
    }

    @Test
    void videoMemory_read_isInUnitsOf64K() {
        assertThat(dispi(VIDEO_MEMORY_64K)).isEqualTo(MEMORY_SIZE >> 16);
    }

    @Test
    void capabilities_asked_areTheLimits() {
        dispi(WIDTH, 640);
        dispi(ENABLE, GET_CAPABILITIES);

        assertThat(dispi(WIDTH)).isEqualTo(Picture.MAXIMUM_EXTENT);
        assertThat(dispi(DEPTH)).isEqualTo(32);
        dispi(ENABLE, 0);
        assertThat(dispi(WIDTH)).isEqualTo(640);
    }

    /** Ports, the compatible registers of a BIOS, banks. */
    @Test
    void firmware_mode101ByPortsAndBanks_showsPaletteColours() {
        VgaMode.TEXT.program(display);
        loadPalette();
        dispi(ENABLE, 0);
        dispi(DEPTH, 8);
        dispi(WIDTH, 640);
        dispi(HEIGHT, 480);
        dispi(BANK, 0);
        dispi(ENABLE, ENABLED);
        index(0x3d4, 0x11, 0x00);
        index(0x3d4, 0x17, 0x03);
        for (int y = 0; y < 480; y++) {
            for (int x = 0; x < 640; x += 8) {
                int at = y * 640 + x;
                if (at % BANK_SIZE == 0) {
                    dispi(BANK, at / BANK_SIZE);
                }
                display.windowWrite(at % BANK_SIZE, 8, 0x0706050403020100L * (y & 1) + x * 0x0101010101010101L);
            }
        }

        refresh();

        assertThat(picture.width()).isEqualTo(640);
        assertThat(picture.height()).isEqualTo(480);
        assertThat(pixel(3, 101)).isEqualTo(loadedColour(3));
        assertThat(pixel(3, 100)).isEqualTo(loadedColour(0));
        assertThat(frameBuffer.bytes[479 * 640 + 15]).isEqualTo((byte) 15);
        assertThat(display.windowRead(479 * 640 % BANK_SIZE + 15, 1)).isEqualTo(15);
    }

    /** Everything by the register window, as a kernel's driver for the PCI function does it. */
    @Test
    void driver_modeByRegisterWindow_showsTheFrameBuffer() {
        assertThat(display.registerRead(0x500, 2)).isEqualTo(0xb0c5);
        assertThat(display.registerRead(0x500 + 2 * VIDEO_MEMORY_64K, 2)).isEqualTo(MEMORY_SIZE >> 16);
        assertThat(display.registerRead(0x600, 4)).isEqualTo(8);
        display.registerWrite(0x604, 4, 0x1e1e1e1eL);
        display.registerWrite(0x402, 1, 0x01); // colour
        display.registerRead(0x41a, 1);
        display.registerWrite(0x400, 1, 0x20);
        int[][] mode = {
            {ENABLE, 0},
            {DEPTH, 32},
            {WIDTH, 1366},
            {HEIGHT, 700},
            {BANK, 0},
            {VIRTUAL_WIDTH, 1366},
            {VIRTUAL_HEIGHT, 700},
            {X_OFFSET, 0},
            {Y_OFFSET, 0},
            {ENABLE, LINEAR_MODE},
            {VIRTUAL_WIDTH, 1366}
        };
        for (int[] register : mode) {
            display.registerWrite(0x500 + 2 * register[0], 2, register[1]);
        }
        frameBuffer.putInt(4 * (699 * 1366 + 1365), 0xff123456);

        refresh();

        assertThat(picture.width()).isEqualTo(1366);
        assertThat(picture.height()).isEqualTo(700);
        assertThat(pixel(1365, 699)).isEqualTo(0x123456);
        display.registerRead(0x41a, 1);
        display.registerWrite(0x400, 1, 0);
        refresh();
        assertThat(pixel(1365, 699)).isZero();
        assertThat(display.counters()).isEqualTo(new VgaCounters(0, 0));
    }

    @Test
    void enabling_withAndWithoutNoClear_clearsTheShownPart() {
        Arrays.fill(frameBuffer.bytes, (byte) 1);
        dispi(DEPTH, 32);
        dispi(WIDTH, 64);
        dispi(HEIGHT, 64);

        dispi(ENABLE, ENABLED | NO_CLEAR);
        assertThat(frameBuffer.bytes[0]).isOne();
        dispi(ENABLE, 0);
        dispi(ENABLE, ENABLED);

        assertThat(frameBuffer.bytes[64 * 64 * 4 - 1]).isZero();
        assertThat(frameBuffer.bytes[64 * 64 * 4]).isOne();
    }

    @ParameterizedTest(name = "{0}x{1} at {2} bits")
    @CsvSource({
        "65535, 65535, 32, 8192, 128",
        "0, 0, 32, 1, 1",
        "1024, 2000, 32, 1024, 1024",
        "1024, 768, 7, 1024, 768",
        "800, 600, 4, 800, 600",
        "1024, 768, 4, 1024, 512"
    })
    void mode_thatDoesNotFit_isCut(int width, int height, int depth, int shownWidth, int shownHeight) {
        dispi(WIDTH, width);
        dispi(HEIGHT, height);
        dispi(DEPTH, depth);
        dispi(ENABLE, LINEAR_MODE);

        assertThat(dispi(WIDTH)).isEqualTo(shownWidth);
        assertThat(dispi(HEIGHT)).isEqualTo(shownHeight);
        assertThat(DispiRegisters.isDepth(dispi(DEPTH))).isTrue();
    }

    @Test
    void offset_thatLeavesTheMemory_isReset() {
        start(1024, 1024, 32);

        dispi(Y_OFFSET, 1);
        assertThat(dispi(Y_OFFSET)).isZero();
        dispi(HEIGHT, 768);
        dispi(Y_OFFSET, 256);

        assertThat(dispi(Y_OFFSET)).isEqualTo(256);
    }

    @Test
    void planarDepth_800x600_showsThePlanes() {
        VgaMode.PLANAR_640.program(display);
        loadPalette();
        dispi(WIDTH, 800);
        dispi(HEIGHT, 600);
        dispi(DEPTH, 4);
        dispi(ENABLE, LINEAR_MODE);
        index(0x3c4, 2, 0x04);
        display.windowWrite(599 * 100 + 99, 1, 0x01);

        refresh();

        assertThat(picture.height()).isEqualTo(600);
        assertThat(pixel(799, 599)).isEqualTo(loadedColour(4));
        assertThat(pixel(798, 599)).isEqualTo(loadedColour(0));
    }

    @Test
    void absentPages_areBlackAndDropWrites() {
        start(1024, 768, 32);
        Arrays.fill(frameBuffer.bytes, (byte) 0x7f);
        frameBuffer.absent.set(1);

        refresh();
        display.windowWrite(4096, 4, 0);

        assertThat(pixel(1023, 0)).isEqualTo(0x7f7f7f);
        assertThat(pixel(0, 1)).isZero();
        assertThat(pixel(0, 2)).isEqualTo(0x7f7f7f);
        assertThat(display.windowRead(4096, 4)).isZero();
        assertThat(display.counters().droppedBytes()).isEqualTo(4);
    }

    @Test
    void spareByte_changing_damagesNothing() {
        start(1024, 768, 32);
        refresh();

        frameBuffer.putInt(4 * 1000, 0xff000000);
        assertThat(refresh().isEmpty()).isTrue();
        frameBuffer.putInt(4 * 1000, 0x80000000);
        assertThat(refresh().isEmpty()).isTrue();
        frameBuffer.putInt(4 * 1000, 0x80000001);

        assertThat(refresh().stream().toArray()).containsExactly(tile(1000, 0));
        assertThat(refresh().isEmpty()).isTrue();
    }

    @Test
    void dac_eightBits_areShownAsTheyAre() {
        start(640, 480, 8);
        dispi(ENABLE, LINEAR_MODE | DAC_8_BIT | NO_CLEAR);
        setColour(0, 0x12, 0xfe, 0x81);

        refresh();

        assertThat(pixel(0, 0)).isEqualTo(0x12fe81);
    }

    @Test
    void bigEndian_asked_swapsPixels() {
        start(640, 480, 32);
        display.registerWrite(0x604, 4, 0xbebebebeL);
        frameBuffer.putInt(0, 0x03020100);

        refresh();

        assertThat(display.registerRead(0x604, 4)).isEqualTo(0xbebebebeL);
        assertThat(pixel(0, 0)).isEqualTo(0x010203);
    }

    @ParameterizedTest(name = "{0}x{1}")
    @CsvSource({"320, 200", "1280, 800", "1366, 768", "1920, 1080", "2560, 1600", "3840, 2160"})
    void edid_preferredMode_isValidAndFirst(int width, int height) {
        display.preferMode(width, height);
        int[] edid = new int[256];
        int sum = 0;
        for (int at = 0; at < edid.length; at++) {
            edid[at] = (int) display.registerRead(at, 1);
            sum += edid[at];
        }

        assertThat(display.registerRead(0, 8)).isEqualTo(0x00ffffffffffff00L);
        assertThat(sum & 0xff).isZero();
        int[] timing = Arrays.copyOfRange(edid, 54, 72);
        int total = (width + (timing[3] | (timing[4] & 0xf) << 8)) * (height + (timing[6] | (timing[7] & 0xf) << 8));
        assertThat(timing[2] | timing[4] >> 4 << 8).isEqualTo(width);
        assertThat(timing[5] | timing[7] >> 4 << 8).isEqualTo(height);
        assertThat((timing[0] | timing[1] << 8) * 10_000.0 / total).isBetween(59.5, 60.0);
        assertThat(Arrays.copyOfRange(edid, 90, 95)).containsExactly(0, 0, 0, 0xfc, 0);
    }

    @Test
    void preferMode_outOfRange_isTheCallersError() {
        assertThatThrownBy(() -> display.preferMode(3841, 2160)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> display.preferMode(319, 200)).isInstanceOf(IllegalArgumentException.class);
    }

    private void start(int width, int height, int depth) {
        display.portWrite(0x3c0, 1, 0x20);
        dispi(WIDTH, width);
        dispi(HEIGHT, height);
        dispi(DEPTH, depth);
        dispi(ENABLE, LINEAR_MODE);
    }
}
