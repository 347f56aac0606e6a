// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices;

/**
 * A device of byte-wide registers behind I/O ports.
 *
 * <p>Registers are counted from the device's first port. Whoever calls has taken them from a hostile guest: a device bears any
 * register and any value. It is not safe for use by several threads.
 */
public interface PortDevice {
    /**
     * Reads a register as the guest would, side effects included.
     *
     * @return 0 to 255; all bits set if there is no such register
     */
    int read(int register);

    /**
     * Writes a register as the guest would.
     *
     * @param value only the low eight bits count
     */
    void write(int register, int value);

    /**
     * The value that {@link #read} would return, provided that reading would change nothing at this moment.
     *
     * @return 0 to 255, or -1 if the read has a side effect now
     */
    int pureRead(int register);
}
