// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices;

/**
 * The interrupt output of a device.
 *
 * <p>A device calls it from the thread that calls the device, only when the level changes; the line starts deasserted. The
 * implementation must not call back into the device.
 */
@FunctionalInterface
public interface InterruptLine {
    /** The output has changed to the given level. */
    void set(boolean asserted);
}
