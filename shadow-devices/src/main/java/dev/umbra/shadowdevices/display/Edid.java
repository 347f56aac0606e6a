// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * What the display says about itself: one block of VESA Enhanced EDID 1.4 with a preferred mode.
 *
 * <p>The timing of the preferred mode follows VESA CVT 1.2, reduced blanking, at 60 Hz. No signal is ever made from it; it has to
 * be one that a driver's checks accept.
 */
final class Edid {
    static final int SIZE = 128;
    static final int DEFAULT_WIDTH = 1280;
    static final int DEFAULT_HEIGHT = 800;

    private static final int LEAST_WIDTH = 320;
    private static final int LEAST_HEIGHT = 200;
    private static final int MOST_WIDTH = 3840;
    private static final int MOST_HEIGHT = 2160;

    private static final byte[] HEADER = {0, -1, -1, -1, -1, -1, -1, 0};
    private static final String MANUFACTURER = "UMB";
    private static final String NAME = "Umbra\n       ";
    private static final int MODEL_YEAR_FROM_1990 = 36;
    /** Digital, 8 bits per colour, interface not told. */
    private static final int DIGITAL_8_BIT = 0xa0;

    private static final int GAMMA_2_2 = 120;
    /** sRGB is the default colour space, and the preferred mode is the native one. */
    private static final int FEATURES = 0x06;
    /** The primaries of sRGB. */
    private static final int[] CHROMATICITY = {0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54};
    /** 640x480, 800x600 and 1024x768 at 60 Hz. */
    private static final int[] ESTABLISHED = {0x21, 0x08, 0x00};
    /** 1280x800, 1280x1024, 1440x900, 1600x900, 1680x1050, 1920x1080, 1920x1200 at 60 Hz, none. */
    private static final int[] STANDARD = {
        0x81, 0x00, 0x81, 0x80, 0x95, 0x00, 0xa9, 0xc0, 0xb3, 0x00, 0xd1, 0xc0, 0xd1, 0x00, 0x01, 0x01
    };

    private static final int REFRESH = 60;
    private static final int CLOCK_UNIT = 10_000;
    private static final int HORIZONTAL_BLANK = 160;
    private static final int HORIZONTAL_FRONT = 48;
    private static final int HORIZONTAL_SYNC = 32;
    private static final int VERTICAL_FRONT = 3;
    private static final int VERTICAL_SYNC = 6;
    private static final int LEAST_VERTICAL_BACK = 6;
    /** Of a second; the shortest vertical blanking of CVT, 460 microseconds. */
    private static final double VERTICAL_BLANK = 460e-6;

    private static final int DOTS_PER_INCH = 96;
    private static final double MILLIMETRES_PER_INCH = 25.4;
    /** Digital, separate synchronisation, horizontal positive. */
    private static final int SYNC_POSITIVE_HORIZONTAL = 0x1a;

    private static final int TAG_NAME = 0xfc;
    private static final int TAG_RANGE = 0xfd;
    private static final int TAG_DUMMY = 0x10;
    private static final int DESCRIPTOR_SIZE = 18;
    private static final int BYTE_MASK = 0xff;

    private Edid() {}

    /** Whether a display can prefer this mode. */
    static boolean isMode(int width, int height) {
        return width >= LEAST_WIDTH && width <= MOST_WIDTH && height >= LEAST_HEIGHT && height <= MOST_HEIGHT;
    }

    /** The block for a display that prefers a mode. */
    static byte[] of(int width, int height) {
        byte[] block = new byte[SIZE];
        ByteBuffer buffer = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put(HEADER);
        int manufacturer = 0;
        for (int index = 0; index < MANUFACTURER.length(); index++) {
            manufacturer = manufacturer << 5 | MANUFACTURER.charAt(index) - '@';
        }
        buffer.putShort(Short.reverseBytes((short) manufacturer));
        buffer.putShort((short) 1).putInt(0);
        putAll(buffer, BYTE_MASK, MODEL_YEAR_FROM_1990, 1, 4);
        putAll(buffer, DIGITAL_8_BIT, millimetres(width) / 10, millimetres(height) / 10, GAMMA_2_2, FEATURES);
        putAll(buffer, CHROMATICITY);
        putAll(buffer, ESTABLISHED);
        putAll(buffer, STANDARD);
        putTiming(buffer, width, height);
        putRange(buffer);
        buffer.put(new byte[] {0, 0, 0, (byte) TAG_NAME, 0}).put(NAME.getBytes(StandardCharsets.US_ASCII));
        buffer.put(new byte[] {0, 0, 0, TAG_DUMMY, 0}).put(new byte[DESCRIPTOR_SIZE - 5]);
        buffer.put((byte) 0);
        int sum = 0;
        for (byte value : block) {
            sum += value;
        }
        buffer.put((byte) -sum);
        return block;
    }

    /** Detailed timing descriptor, EDID 1.4, section 3.10.2. */
    private static void putTiming(ByteBuffer buffer, int width, int height) {
        double line = (1.0 / REFRESH - VERTICAL_BLANK) / height;
        int verticalBlank =
                Math.max((int) (VERTICAL_BLANK / line) + 1, VERTICAL_FRONT + VERTICAL_SYNC + LEAST_VERTICAL_BACK);
        long clock = (long) (width + HORIZONTAL_BLANK) * (height + verticalBlank) * REFRESH / CLOCK_UNIT;
        int widthMillimetres = millimetres(width);
        int heightMillimetres = millimetres(height);
        buffer.putShort((short) clock);
        putAll(
                buffer,
                width,
                HORIZONTAL_BLANK,
                width >> 8 << 4 | HORIZONTAL_BLANK >> 8,
                height,
                verticalBlank,
                height >> 8 << 4 | verticalBlank >> 8,
                HORIZONTAL_FRONT,
                HORIZONTAL_SYNC,
                VERTICAL_FRONT << 4 | VERTICAL_SYNC,
                0,
                widthMillimetres,
                heightMillimetres,
                widthMillimetres >> 8 << 4 | heightMillimetres >> 8,
                0,
                0,
                SYNC_POSITIVE_HORIZONTAL);
    }

    /** Display range limits, EDID 1.4, section 3.10.3.3: 50 to 75 Hz, 10 to 160 kHz, 650 MHz. */
    private static void putRange(ByteBuffer buffer) {
        putAll(buffer, 0, 0, 0, TAG_RANGE, 0, 50, 75, 10, 160, 65, 1, '\n', ' ', ' ', ' ', ' ', ' ', ' ');
    }

    private static int millimetres(int pixels) {
        return (int) (pixels * MILLIMETRES_PER_INCH / DOTS_PER_INCH);
    }

    private static void putAll(ByteBuffer buffer, int... values) {
        for (int value : values) {
            buffer.put((byte) value);
        }
    }
}
