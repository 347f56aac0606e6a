// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

/**
 * The register window of the PCI function, laid out as that of QEMU's standard VGA ("docs/specs/standard-vga.rst" there): EDID at 0,
 * the VGA ports from 0x3c0 at 0x400, the Bochs registers as words at 0x500, size and byte order of an extension at 0x600.
 */
final class RegisterWindow {
    private static final int EDID_END = 0x100;
    private static final int PORTS = 0x400;
    private static final int PORTS_END = 0x420;
    private static final int PORTS_SHIFT = VgaRegisters.PORT_ATTRIBUTE - PORTS;
    private static final int DISPI = 0x500;
    private static final int DISPI_END = DISPI + DispiRegisters.WINDOW_COUNT * Short.BYTES;
    private static final int EXTENSION_SIZE = 0x600;
    private static final int BYTE_ORDER = 0x604;
    private static final int EXTENSION_END = 0x608;

    private static final int EXTENSION_BYTES = EXTENSION_END - EXTENSION_SIZE;
    private static final int LITTLE_ENDIAN = 0x1e1e1e1e;
    private static final int BIG_ENDIAN = 0xbebebebe;
    private static final int BYTE_MASK = 0xff;

    private final RegisterFile registers;
    private final VgaPorts ports;
    private final Dispi dispi;
    private byte[] edid = {};
    private long invalidAccesses;

    RegisterWindow(RegisterFile registers, VgaPorts ports, Dispi dispi) {
        this.registers = registers;
        this.ports = ports;
        this.dispi = dispi;
    }

    /** Makes the EDID anew from the preferred mode. */
    void describe() {
        edid = Edid.of(
                registers.getWord(VgaStateLayout.PREFERRED_WIDTH), registers.getWord(VgaStateLayout.PREFERRED_HEIGHT));
    }

    long invalidAccesses() {
        return invalidAccesses;
    }

    long read(int offset, int size) {
        long value = 0;
        for (int at = 0; at < size; at++) {
            value |= (long) readByte(offset + at) << at * Byte.SIZE;
        }
        return value;
    }

    private int readByte(int offset) {
        if (offset >= 0 && offset < EDID_END) {
            return offset < edid.length ? edid[offset] & BYTE_MASK : 0;
        }
        if (offset >= PORTS && offset < PORTS_END) {
            return ports.read(offset + PORTS_SHIFT);
        }
        if (offset >= DISPI && offset < DISPI_END) {
            int word = dispi.read((offset - DISPI) / Short.BYTES);
            return word >> (offset & 1) * Byte.SIZE & BYTE_MASK;
        }
        if (offset >= EXTENSION_SIZE && offset < EXTENSION_END) {
            int word = offset < BYTE_ORDER ? EXTENSION_BYTES : byteOrder();
            return word >> (offset & 3) * Byte.SIZE & BYTE_MASK;
        }
        invalidAccesses++;
        return BYTE_MASK;
    }

    private int byteOrder() {
        return registers.flag(VgaStateLayout.FLAG_BIG_ENDIAN) ? BIG_ENDIAN : LITTLE_ENDIAN;
    }

    void write(int offset, int size, long value) {
        if (offset >= PORTS && offset + size <= PORTS_END) {
            for (int at = 0; at < size; at++) {
                ports.write(offset + PORTS_SHIFT + at, (int) (value >> at * Byte.SIZE) & BYTE_MASK);
            }
        } else if (offset >= DISPI && offset + size <= DISPI_END && (offset | size) % Short.BYTES == 0) {
            for (int at = 0; at < size; at += Short.BYTES) {
                dispi.write((offset + at - DISPI) / Short.BYTES, (int) (value >> at * Byte.SIZE));
            }
        } else if (offset == BYTE_ORDER && size == Integer.BYTES) {
            writeByteOrder((int) value);
        } else {
            invalidAccesses++;
        }
    }

    private void writeByteOrder(int value) {
        switch (value) {
            case LITTLE_ENDIAN -> registers.setFlag(VgaStateLayout.FLAG_BIG_ENDIAN, false);
            case BIG_ENDIAN -> registers.setFlag(VgaStateLayout.FLAG_BIG_ENDIAN, true);
            default -> invalidAccesses++;
        }
    }
}
