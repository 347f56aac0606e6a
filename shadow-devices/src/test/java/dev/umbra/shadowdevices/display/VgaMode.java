// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import java.util.HexFormat;

/** The register values of the BIOS modes, and how firmware sets them. */
enum VgaMode {
    TEXT_40(
            "67",
            "0308030002",
            "2d27289 02ba0bf1f004f0d0e00000000 9c8e8f141f96b9a3ff",
            "00000000001 00e0fff",
            "000102030405140738393a3b3c3d3e3f0c000f0800"),
    TEXT(
            "67",
            "0300030002",
            "5f4f508255 81bf1f004f0d0e00000000 9c8e8f281f96b9a3ff",
            "00000000001 00e0fff",
            "000102030405140738393a3b3c3d3e3f0c000f0800"),
    CGA_4(
            "63",
            "0309030002",
            "2d2728902b 80bf1f00c1000000000000 9c8e8f140096b9a2ff",
            "0000000000300f0fff",
            "00131517020406071011121314151617010003 0000"),
    PLANAR_320(
            "63",
            "03090f0006",
            "2d2728902b 80bf1f00c0000000000000 9c8e8f140096b9e3ff",
            "000000000000050fff",
            "000102030405140738393a3b3c3d3e3f01000f0000"),
    PLANAR_640(
            "e3",
            "03010f0006",
            "5f4f508254 800b3e0040000000000000 ea8cdf2800e704e3ff",
            "000000000000050fff",
            "000102030405140738393a3b3c3d3e3f01000f0000"),
    CHAINED_256(
            "63",
            "03010f000e",
            "5f4f508254 80bf1f0041000000000000 9c8e8f284096b9a3ff",
            "000000000040050fff",
            "000102030405060708090a0b0c0d0e0f41000f0000");

    private final byte[] miscellaneous;
    private final byte[] sequencer;
    private final byte[] crtc;
    private final byte[] graphics;
    private final byte[] attribute;

    VgaMode(String miscellaneous, String sequencer, String crtc, String graphics, String attribute) {
        this.miscellaneous = bytes(miscellaneous);
        this.sequencer = bytes(sequencer);
        this.crtc = bytes(crtc);
        this.graphics = bytes(graphics);
        this.attribute = bytes(attribute);
    }

    private static byte[] bytes(String hexadecimal) {
        return HexFormat.of().parseHex(hexadecimal.replace(" ", ""));
    }

    /** Attribute controller, sequencer, miscellaneous output, graphics controller, CRT controller, then the screen on. */
    void program(VgaDisplay display) {
        display.portRead(0x3da, 1);
        for (int index = 0; index < attribute.length; index++) {
            display.portWrite(0x3c0, 1, index);
            display.portWrite(0x3c0, 1, attribute[index]);
        }
        for (int index = 0; index < sequencer.length; index++) {
            display.portWrite(0x3c4, 2, index | (sequencer[index] & 0xff) << 8);
        }
        display.portWrite(0x3c2, 1, miscellaneous[0]);
        for (int index = 0; index < graphics.length; index++) {
            display.portWrite(0x3ce, 2, index | (graphics[index] & 0xff) << 8);
        }
        display.portWrite(0x3d4, 2, 0x0011);
        for (int index = 0; index < crtc.length; index++) {
            display.portWrite(0x3d4, 2, index | (crtc[index] & 0xff) << 8);
        }
        display.portRead(0x3da, 1);
        display.portWrite(0x3c0, 1, 0x20);
    }
}
