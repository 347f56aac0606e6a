// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** How a pixel of the linear frame buffer is stored. Bits that have no colour are ignored. */
enum PixelFormat {
    PALETTE_8(1),
    RGB_555(2),
    RGB_565(2),
    RGB_888(3),
    XRGB_8888(4);

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int COLOUR_MASK = 0xffffff;

    private final int bytes;

    PixelFormat(int bytes) {
        this.bytes = bytes;
    }

    /** For a valid depth of a linear mode. */
    static PixelFormat ofDepth(int depth) {
        return switch (depth) {
            case 15 -> RGB_555;
            case 16 -> RGB_565;
            case 24 -> RGB_888;
            case DispiRegisters.MAXIMUM_DEPTH -> XRGB_8888;
            default -> PALETTE_8;
        };
    }

    /** Of a pixel. */
    int bytes() {
        return bytes;
    }

    /** Converts pixels to {@code 0x00RRGGBB}. */
    void convert(MemorySegment source, long offset, boolean bigEndian, int[] palette, int[] target, int count) {
        switch (this) {
            case PALETTE_8 -> {
                for (int index = 0; index < count; index++) {
                    target[index] = palette[source.get(BYTE, offset + index) & 0xff];
                }
            }
            case RGB_555 -> {
                for (int index = 0; index < count; index++) {
                    int value = shortAt(source, offset + index * 2L, bigEndian);
                    target[index] = five(value >> 10) << 16 | five(value >> 5) << 8 | five(value);
                }
            }
            case RGB_565 -> {
                for (int index = 0; index < count; index++) {
                    int value = shortAt(source, offset + index * 2L, bigEndian);
                    int green = value >> 5 & 0x3f;
                    target[index] = five(value >> 11) << 16 | (green << 2 | green >> 4) << 8 | five(value);
                }
            }
            case RGB_888 -> {
                for (int index = 0; index < count; index++) {
                    long at = offset + index * 3L;
                    int value = source.get(SHORT, at) & 0xffff | (source.get(BYTE, at + 2) & 0xff) << 16;
                    target[index] = bigEndian ? Integer.reverseBytes(value) >>> 8 : value;
                }
            }
            case XRGB_8888 -> {
                for (int index = 0; index < count; index++) {
                    int value = source.get(INT, offset + index * 4L);
                    target[index] = (bigEndian ? Integer.reverseBytes(value) : value) & COLOUR_MASK;
                }
            }
        }
    }

    private static int shortAt(MemorySegment source, long offset, boolean bigEndian) {
        short value = source.get(SHORT, offset);
        return (bigEndian ? Short.reverseBytes(value) : value) & 0xffff;
    }

    /** Eight bits of the lowest five. */
    private static int five(int value) {
        int level = value & 0x1f;
        return level << 3 | level >> 2;
    }
}
