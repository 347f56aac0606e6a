// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

/**
 * What the transmit side of a serial port is wired to.
 *
 * <p>Called from the thread that calls the device. An implementation must not call back into the device.
 */
public interface SerialTransmitter {
    /**
     * Offers the next character.
     *
     * @param character 0 to 255
     * @return false if it cannot be taken now: the port holds it and offers it again after {@link Uart16550#transmitterReady()}
     */
    boolean offer(int character);

    /** The guest has begun (true) or ended (false) a break. Called on change; there is none at first. */
    void breakControl(boolean asserted);

    /** The modem control outputs have changed. Both are inactive at first. */
    void modemControl(boolean dataTerminalReady, boolean requestToSend);
}
