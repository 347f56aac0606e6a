// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import dev.umbra.shadowdevices.DeviceStateException;
import dev.umbra.shadowdevices.DeviceStateException.Reason;

/**
 * Where each register of a saved display lies. Little-endian, no alignment required, places not in use zero.
 *
 * <p>The order of the bytes is fixed for a {@link #VERSION}. A change of it, or of what a field means, takes a new version and
 * keeps a reader of the old one. {@link #check} is the one place that decides what a display can be.
 */
final class VgaStateLayout {
    static final int SIZE = 888;
    static final int VERSION = 1;
    /** "UVGA" as bytes in memory. */
    static final int MAGIC = 0x41475655;

    static final int MAGIC_OFFSET = 0;
    static final int VERSION_OFFSET = 4;
    static final int SIZE_OFFSET = 6;
    static final int MISCELLANEOUS = 8;
    static final int FEATURE_CONTROL = 9;
    static final int SEQUENCER_INDEX = 10;
    static final int GRAPHICS_INDEX = 11;
    static final int CRTC_INDEX = 12;
    static final int ATTRIBUTE_INDEX = 13;
    static final int FLAGS = 14;
    static final int STATUS_PHASE = 15;
    static final int SEQUENCER = 16;
    static final int GRAPHICS = 21;
    static final int CRTC = 30;
    static final int ATTRIBUTE = 55;
    static final int DAC_MASK = 76;
    static final int DAC_READ_INDEX = 77;
    static final int DAC_WRITE_INDEX = 78;
    static final int DAC_COMPONENT = 79;
    static final int DAC_PENDING = 80;
    static final int RESERVED_WORD = 82;
    static final int LATCHES = 84;
    static final int DISPI_INDEX = 88;
    static final int DISPI = 90;
    static final int RESERVED_WORD_2 = 110;
    static final int PALETTE = 112;
    static final int PREFERRED_WIDTH = 880;
    static final int PREFERRED_HEIGHT = 882;
    static final int RESERVED_END = 884;

    /** The next write to the attribute controller is data. */
    static final int FLAG_ATTRIBUTE_DATA = 0x01;
    /** The palette was last set up for reading. */
    static final int FLAG_DAC_READING = 0x02;

    static final int FLAG_BIG_ENDIAN = 0x04;
    static final int FLAGS_MASK = 0x07;

    static final int STATUS_PHASES = 4;
    static final int COMPONENTS = 3;
    static final int COLOURS = 256;

    private static final int BYTE_MASK = 0xff;

    private VgaStateLayout() {}

    static int word(byte[] bytes, int offset) {
        return bytes[offset] & BYTE_MASK | (bytes[offset + 1] & BYTE_MASK) << Byte.SIZE;
    }

    static void setWord(byte[] bytes, int offset, int value) {
        bytes[offset] = (byte) value;
        bytes[offset + 1] = (byte) (value >> Byte.SIZE);
    }

    static void writeHeader(byte[] bytes) {
        setWord(bytes, MAGIC_OFFSET, MAGIC);
        setWord(bytes, MAGIC_OFFSET + Short.BYTES, MAGIC >>> Short.SIZE);
        setWord(bytes, VERSION_OFFSET, VERSION);
        setWord(bytes, SIZE_OFFSET, SIZE);
    }

    /** Refuses what is no state of a display. */
    static void check(byte[] bytes) {
        checkHeader(bytes);
        requireZero((bytes[FLAGS] & ~FLAGS_MASK) == 0, "flags");
        requireZero(word(bytes, RESERVED_WORD) == 0, "reserved");
        requireZero(word(bytes, RESERVED_WORD_2) == 0, "reserved");
        for (int offset = RESERVED_END; offset < SIZE; offset++) {
            requireZero(bytes[offset] == 0, "reserved");
        }
        requireBits(bytes, FEATURE_CONTROL, VgaRegisters.FEATURE_MASK, "feature control");
        requireBits(bytes, ATTRIBUTE_INDEX, 0x3f, "attribute index");
        requireBits(bytes, STATUS_PHASE, STATUS_PHASES - 1, "input status");
        for (int index = 0; index < VgaRegisters.SEQUENCER_COUNT; index++) {
            requireBits(bytes, SEQUENCER + index, VgaRegisters.sequencerMask(index), "sequencer");
        }
        for (int index = 0; index < VgaRegisters.GRAPHICS_COUNT; index++) {
            requireBits(bytes, GRAPHICS + index, VgaRegisters.graphicsMask(index), "graphics controller");
        }
        for (int index = 0; index < VgaRegisters.ATTRIBUTE_COUNT; index++) {
            requireBits(bytes, ATTRIBUTE + index, VgaRegisters.attributeMask(index), "attribute controller");
        }
        checkDac(bytes);
        checkDispi(bytes);
        require(
                Edid.isMode(word(bytes, PREFERRED_WIDTH), word(bytes, PREFERRED_HEIGHT)),
                Reason.OUT_OF_RANGE,
                "preferred mode");
    }

    private static void checkHeader(byte[] bytes) {
        int magic = word(bytes, MAGIC_OFFSET) | word(bytes, MAGIC_OFFSET + Short.BYTES) << Short.SIZE;
        require(magic == MAGIC, Reason.WRONG_DEVICE, "display");
        require(word(bytes, VERSION_OFFSET) == VERSION, Reason.UNSUPPORTED_VERSION, "display");
        require(word(bytes, SIZE_OFFSET) == SIZE, Reason.OUT_OF_RANGE, "size");
    }

    private static void checkDac(byte[] bytes) {
        int component = bytes[DAC_COMPONENT] & BYTE_MASK;
        require(component < COMPONENTS, Reason.OUT_OF_RANGE, "palette component");
        for (int index = component; index < COMPONENTS - 1; index++) {
            requireZero(bytes[DAC_PENDING + index] == 0, "palette component not yet written");
        }
    }

    private static void checkDispi(byte[] bytes) {
        int identifier = dispi(bytes, DispiRegisters.ID);
        require(
                identifier >= DispiRegisters.LOWEST_ID && identifier <= DispiRegisters.HIGHEST_ID,
                Reason.OUT_OF_RANGE,
                "DISPI identifier");
        int enable = dispi(bytes, DispiRegisters.ENABLE);
        require((enable & ~DispiRegisters.ENABLE_MASK) == 0, Reason.OUT_OF_RANGE, "DISPI enable");
        if ((enable & DispiRegisters.ENABLED) != 0) {
            int width = dispi(bytes, DispiRegisters.WIDTH);
            int height = dispi(bytes, DispiRegisters.HEIGHT);
            int virtualWidth = dispi(bytes, DispiRegisters.VIRTUAL_WIDTH);
            require(DispiRegisters.isDepth(dispi(bytes, DispiRegisters.DEPTH)), Reason.OUT_OF_RANGE, "DISPI depth");
            require(width >= 1 && width <= Picture.MAXIMUM_EXTENT, Reason.OUT_OF_RANGE, "DISPI width");
            require(height >= 1 && height <= Picture.MAXIMUM_EXTENT, Reason.OUT_OF_RANGE, "DISPI height");
            require(width * height <= Picture.MAXIMUM_PIXELS, Reason.OUT_OF_RANGE, "DISPI width and height");
            require(virtualWidth <= DispiRegisters.MAXIMUM_VIRTUAL_WIDTH, Reason.OUT_OF_RANGE, "DISPI virtual width");
            require(virtualWidth >= width, Reason.CONTRADICTION, "DISPI virtual width below width");
        }
    }

    static int dispi(byte[] bytes, int register) {
        return word(bytes, DISPI + register * Short.BYTES);
    }

    private static void requireBits(byte[] bytes, int offset, int mask, String field) {
        require((bytes[offset] & BYTE_MASK & ~mask) == 0, Reason.OUT_OF_RANGE, field);
    }

    private static void requireZero(boolean zero, String field) {
        require(zero, Reason.RESERVED_NOT_ZERO, field);
    }

    private static void require(boolean condition, Reason reason, String field) {
        if (!condition) {
            throw new DeviceStateException(reason, field);
        }
    }
}
