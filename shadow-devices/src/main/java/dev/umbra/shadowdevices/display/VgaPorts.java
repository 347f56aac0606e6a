// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static dev.umbra.shadowdevices.display.VgaRegisters.*;
import static dev.umbra.shadowdevices.display.VgaStateLayout.*;

/**
 * The byte-wide ports of a VGA: miscellaneous output, sequencer, CRT controller, graphics controller, attribute controller, DAC.
 *
 * <p><b>Where time is missing.</b> There is no beam. Input status 1 steps through displaying, horizontal blanking, displaying,
 * vertical retrace, one step with each read, so that a loop that waits for any edge of either bit ends after a few reads.
 */
final class VgaPorts {
    /** What a port or register that does not exist reads. */
    static final int NO_SUCH_PORT = 0xff;

    private static final int BYTE_MASK = 0xff;
    private static final int SEQUENCER_INDEX_MASK = 0x07;
    private static final int GRAPHICS_INDEX_MASK = 0x0f;
    private static final int DAC_6_BIT_MASK = 0x3f;
    private static final int DAC_READING = 0x03;
    private static final int SUBSYSTEM_ENABLED = 0x01;

    private static final int[] STATUS_PHASE_BITS = {
        0, STATUS_1_NOT_DISPLAYING, 0, STATUS_1_NOT_DISPLAYING | STATUS_1_VERTICAL_RETRACE
    };

    private final RegisterFile registers;
    private final Dispi dispi;
    private long invalidAccesses;

    VgaPorts(RegisterFile registers, Dispi dispi) {
        this.registers = registers;
        this.dispi = dispi;
    }

    long invalidAccesses() {
        return invalidAccesses;
    }

    int read(int port) {
        return switch (port) {
            case PORT_ATTRIBUTE -> registers.get(ATTRIBUTE_INDEX);
            case PORT_ATTRIBUTE_READ -> {
                int index = registers.get(ATTRIBUTE_INDEX) & ATTRIBUTE_INDEX_MASK;
                yield index < ATTRIBUTE_COUNT ? registers.get(ATTRIBUTE + index) : 0;
            }
            case PORT_MISCELLANEOUS -> STATUS_0_SENSE;
            case PORT_SUBSYSTEM_ENABLE -> SUBSYSTEM_ENABLED;
            case PORT_SEQUENCER_INDEX -> registers.get(SEQUENCER_INDEX);
            case PORT_SEQUENCER_DATA -> indexed(SEQUENCER, SEQUENCER_INDEX, SEQUENCER_INDEX_MASK, SEQUENCER_COUNT);
            case PORT_DAC_MASK -> registers.get(DAC_MASK);
            case PORT_DAC_READ -> registers.flag(FLAG_DAC_READING) ? DAC_READING : 0;
            case PORT_DAC_WRITE -> registers.get(DAC_WRITE_INDEX);
            case PORT_DAC_DATA -> readDac();
            case PORT_FEATURE_READ -> registers.get(FEATURE_CONTROL);
            case PORT_MISCELLANEOUS_READ -> registers.get(MISCELLANEOUS);
            case PORT_GRAPHICS_INDEX -> registers.get(GRAPHICS_INDEX);
            case PORT_GRAPHICS_DATA -> indexed(GRAPHICS, GRAPHICS_INDEX, GRAPHICS_INDEX_MASK, GRAPHICS_COUNT);
            default ->
                switch (port - displayOffset()) {
                    case PORT_CRTC_INDEX -> registers.get(CRTC_INDEX);
                    case PORT_CRTC_DATA -> indexed(CRTC, CRTC_INDEX, BYTE_MASK, CRTC_COUNT);
                    case PORT_STATUS_1 -> readStatus();
                    default -> {
                        invalidAccesses++;
                        yield NO_SUCH_PORT;
                    }
                };
        };
    }

    void write(int port, int value) {
        int written = value & BYTE_MASK;
        switch (port) {
            case PORT_ATTRIBUTE -> writeAttribute(written);
            case PORT_MISCELLANEOUS -> registers.set(MISCELLANEOUS, written);
            case PORT_SUBSYSTEM_ENABLE -> {}
            case PORT_SEQUENCER_INDEX -> registers.set(SEQUENCER_INDEX, written);
            case PORT_SEQUENCER_DATA -> {
                int index = registers.get(SEQUENCER_INDEX) & SEQUENCER_INDEX_MASK;
                if (index < SEQUENCER_COUNT) {
                    registers.set(SEQUENCER + index, written & sequencerMask(index));
                }
            }
            case PORT_DAC_MASK -> registers.set(DAC_MASK, written);
            case PORT_DAC_READ -> {
                registers.set(DAC_READ_INDEX, written);
                startDac(true);
            }
            case PORT_DAC_WRITE -> {
                registers.set(DAC_WRITE_INDEX, written);
                startDac(false);
            }
            case PORT_DAC_DATA -> writeDac(written);
            case PORT_GRAPHICS_INDEX -> registers.set(GRAPHICS_INDEX, written);
            case PORT_GRAPHICS_DATA -> {
                int index = registers.get(GRAPHICS_INDEX) & GRAPHICS_INDEX_MASK;
                if (index < GRAPHICS_COUNT) {
                    registers.set(GRAPHICS + index, written & graphicsMask(index));
                }
            }
            default -> {
                switch (port - displayOffset()) {
                    case PORT_CRTC_INDEX -> registers.set(CRTC_INDEX, written);
                    case PORT_CRTC_DATA -> writeCrtc(registers.get(CRTC_INDEX), written);
                    case PORT_STATUS_1 -> registers.set(FEATURE_CONTROL, written & FEATURE_MASK);
                    default -> invalidAccesses++;
                }
            }
        }
    }

    private int displayOffset() {
        return (registers.get(MISCELLANEOUS) & MISCELLANEOUS_COLOUR) != 0 ? COLOUR_OFFSET : 0;
    }

    private int indexed(int first, int indexRegister, int mask, int count) {
        int index = registers.get(indexRegister) & mask;
        return index < count ? registers.get(first + index) : 0;
    }

    private int readStatus() {
        registers.setFlag(FLAG_ATTRIBUTE_DATA, false);
        int phase = registers.get(STATUS_PHASE);
        registers.set(STATUS_PHASE, (phase + 1) % STATUS_PHASES);
        return STATUS_PHASE_BITS[phase];
    }

    private void writeCrtc(int index, int value) {
        if (index >= CRTC_COUNT) {
            return;
        }
        boolean isProtected = (registers.get(CRTC + VERTICAL_RETRACE_END) & PROTECT) != 0;
        if (!isProtected || index > OVERFLOW) {
            registers.set(CRTC + index, value);
        } else if (index == OVERFLOW) {
            int kept = registers.get(CRTC + OVERFLOW) & ~OVERFLOW_LINE_COMPARE_8;
            registers.set(CRTC + OVERFLOW, kept | value & OVERFLOW_LINE_COMPARE_8);
        }
    }

    private void writeAttribute(int value) {
        if (registers.flag(FLAG_ATTRIBUTE_DATA)) {
            int index = registers.get(ATTRIBUTE_INDEX) & ATTRIBUTE_INDEX_MASK;
            if (index < ATTRIBUTE_COUNT) {
                registers.set(ATTRIBUTE + index, value & attributeMask(index));
            }
        } else {
            registers.set(ATTRIBUTE_INDEX, value & (ATTRIBUTE_INDEX_MASK | ATTRIBUTE_DISPLAYING));
        }
        registers.setFlag(FLAG_ATTRIBUTE_DATA, !registers.flag(FLAG_ATTRIBUTE_DATA));
    }

    private void startDac(boolean reading) {
        registers.setFlag(FLAG_DAC_READING, reading);
        registers.set(DAC_COMPONENT, 0);
        registers.setWord(DAC_PENDING, 0);
    }

    private int readDac() {
        int component = registers.get(DAC_COMPONENT);
        int index = registers.get(DAC_READ_INDEX);
        int value = registers.get(PALETTE + index * COMPONENTS + component);
        if (component == COMPONENTS - 1) {
            registers.set(DAC_COMPONENT, 0);
            registers.setWord(DAC_PENDING, 0);
            registers.set(DAC_READ_INDEX, index + 1);
        } else {
            registers.set(DAC_COMPONENT, component + 1);
        }
        return value;
    }

    /** A colour takes effect with its third component. */
    private void writeDac(int value) {
        int written = dispi.isDac8Bit() ? value : value & DAC_6_BIT_MASK;
        int component = registers.get(DAC_COMPONENT);
        if (component < COMPONENTS - 1) {
            registers.set(DAC_PENDING + component, written);
            registers.set(DAC_COMPONENT, component + 1);
            return;
        }
        int index = registers.get(DAC_WRITE_INDEX);
        int colour = PALETTE + index * COMPONENTS;
        registers.set(colour, registers.get(DAC_PENDING));
        registers.set(colour + 1, registers.get(DAC_PENDING + 1));
        registers.set(colour + 2, written);
        registers.set(DAC_WRITE_INDEX, index + 1);
        registers.set(DAC_COMPONENT, 0);
        registers.setWord(DAC_PENDING, 0);
    }
}
