// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VgaPortsTest extends VgaTest {
    @BeforeEach
    void chooseColour() {
        display.portWrite(0x3c2, 1, 0x67);
    }

    @Test
    void miscellaneous_written_isReadElsewhere() {
        assertThat(display.portRead(0x3cc, 1)).isEqualTo(0x67);
        assertThat(display.portRead(0x3c2, 1)).isEqualTo(0x10);
    }

    @Test
    void crtc_colourOrMonochrome_isAtOnePlaceOnly() {
        index(0x3d4, 0x0f, 0x5a);
        assertThat(display.portRead(0x3d5, 1)).isEqualTo(0x5a);
        assertThat(display.portRead(0x3b5, 1)).isEqualTo(0xff);
        assertThat(display.counters().invalidAccesses()).isOne();

        display.portWrite(0x3c2, 1, 0x66);

        assertThat(display.portRead(0x3b5, 1)).isEqualTo(0x5a);
        assertThat(display.portRead(0x3d5, 1)).isEqualTo(0xff);
    }

    @Test
    void crtc_protected_keepsRegisters0To7ButLineCompare() {
        for (int index = 0; index < 8; index++) {
            index(0x3d4, index, 0x00);
        }
        index(0x3d4, 0x11, 0x80);

        for (int index = 0; index < 9; index++) {
            index(0x3d4, index, 0xff);
        }

        for (int index = 0; index < 7; index++) {
            assertThat(crtc(index)).isZero();
        }
        assertThat(crtc(7)).isEqualTo(0x10);
        assertThat(crtc(8)).isEqualTo(0xff);
        index(0x3d4, 0x11, 0x00);
        index(0x3d4, 0x00, 0x12);
        assertThat(crtc(0)).isEqualTo(0x12);
    }

    @Test
    void attribute_indexAndData_takeTurnsUntilStatusIsRead() {
        display.portRead(0x3da, 1);
        display.portWrite(0x3c0, 1, 0x25);
        display.portWrite(0x3c0, 1, 0xff);
        assertThat(display.portRead(0x3c1, 1)).isEqualTo(0x3f);
        assertThat(display.portRead(0x3c0, 1)).isEqualTo(0x25);

        display.portWrite(0x3c0, 1, 0x06);
        display.portRead(0x3da, 1);
        display.portWrite(0x3c0, 1, 0x07);
        display.portWrite(0x3c0, 1, 0x15);

        assertThat(display.portRead(0x3c1, 1)).isEqualTo(0x15);
        display.portWrite(0x3c0, 1, 0x06);
        assertThat(display.portRead(0x3c1, 1)).isZero();
    }

    @Test
    void dac_writtenAndRead_advancesAfterEachThird() {
        display.portWrite(0x3c8, 1, 0xff);
        for (int level = 1; level <= 6; level++) {
            display.portWrite(0x3c9, 1, level | 0xc0);
        }
        assertThat(display.portRead(0x3c7, 1)).isZero();
        assertThat(display.portRead(0x3c8, 1)).isEqualTo(1);

        display.portWrite(0x3c7, 1, 0xff);

        assertThat(display.portRead(0x3c7, 1)).isEqualTo(3);
        for (int level = 1; level <= 6; level++) {
            assertThat(display.portRead(0x3c9, 1)).isEqualTo(level);
        }
    }

    @Test
    void dac_mask_limitsTheColours() {
        VgaMode.CHAINED_256.program(display);
        loadPalette();
        display.windowWrite(0, 1, 0x2b);

        display.portWrite(0x3c6, 1, 0x0f);
        refresh();

        assertThat(display.portRead(0x3c6, 1)).isEqualTo(0x0f);
        assertThat(pixel(0, 0)).isEqualTo(loadedColour(0x0b));
    }

    @ParameterizedTest(name = "bits {0} become {1}")
    @CsvSource({"0x08, 0x08", "0x08, 0x00", "0x01, 0x01", "0x01, 0x00", "0x09, 0x01", "0x09, 0x09"})
    void status1_waitedFor_comesSoon(int mask, int value) {
        int reads = 1;
        while ((display.portRead(0x3da, 1) & mask) != value) {
            reads++;
        }

        assertThat(reads).isLessThanOrEqualTo(4);
    }

    @Test
    void featureControl_written_isReadElsewhere() {
        display.portWrite(0x3da, 1, 0xff);

        assertThat(display.portRead(0x3ca, 1)).isEqualTo(3);
    }

    @ParameterizedTest(name = "index port {0}, register {1}")
    @CsvSource({
        "0x3c4, 1, 0x3d",
        "0x3c4, 4, 0x0e",
        "0x3c4, 6, 0x00",
        "0x3ce, 5, 0x7b",
        "0x3ce, 8, 0xff",
        "0x3ce, 12, 0x00",
        "0x3d4, 0x18, 0xff",
        "0x3d4, 0x19, 0x00",
        "0x3d4, 0xff, 0x00"
    })
    void registers_allBitsWritten_keepThoseTheyHave(int port, int register, int expected) {
        index(port, register, 0xff);

        assertThat(display.portRead(port, 2)).isEqualTo(register | expected << 8);
    }

    @ParameterizedTest
    @CsvSource({"0x3b0", "0x3bf", "0x3cb", "0x3cd", "0x3d0", "0x3df"})
    void ports_thatDoNotExist_readAllBitsAndAreCounted(int port) {
        display.portWrite(port, 1, 0);

        assertThat(display.portRead(port, 1)).isEqualTo(0xff);
        assertThat(display.counters().invalidAccesses()).isEqualTo(2);
    }

    @Test
    void reset_afterAnything_isAsAfterPowerOn() {
        VgaDisplayState fresh = new VgaDisplay(MemorySegment.ofArray(planeBytes), frameBuffer).state();
        VgaMode.TEXT.program(display);
        dispi(DispiRegisters.ENABLE, 1);
        loadPalette();

        display.reset();

        assertThat(display.state()).isEqualTo(fresh);
    }

    private int crtc(int index) {
        display.portWrite(0x3d4, 1, index);
        return display.portRead(0x3d5, 1);
    }
}
