// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

/**
 * Outputs of the keyboard and of its controller other than interrupts.
 *
 * <p>Called from the thread that calls the device, in the access that causes it. The implementation must not call back into the
 * device.
 */
public interface I8042Listener {
    /** One that does nothing. */
    I8042Listener NONE = new I8042Listener() {};

    /**
     * The lamps of the keyboard have changed.
     *
     * @param leds bit 0 Scroll Lock, bit 1 Num Lock, bit 2 Caps Lock
     */
    default void leds(int leds) {}

    /** The guest has pulsed the processor's reset line. The device itself goes on. */
    default void resetRequested() {}

    /** The gate of address line 20 has been opened (true) or closed. */
    default void addressLine20(boolean open) {}
}
