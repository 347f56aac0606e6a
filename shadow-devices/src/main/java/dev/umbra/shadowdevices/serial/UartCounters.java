// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

/**
 * What a serial port has handled since it was created. Counters only grow and are no part of the saved state.
 *
 * <p>Nothing vanishes uncounted: {@code received} is what the guest has read, plus {@code receiveOverruns} and {@code
 * receiveDiscarded}, plus what waits in the receive FIFO. What the guest has written is {@code transmitted}, plus {@code
 * loopedBack}, {@code transmitOverruns} and {@code transmitDiscarded}, plus {@link Uart16550#heldCharacters()}.
 *
 * @param received characters that came to the receiver, from the line or by loopback, breaks included
 * @param transmitted characters that the far end has taken
 * @param loopedBack characters that the guest has sent to itself in loopback
 * @param receiveOverruns characters lost because the guest did not read in time
 * @param receiveDiscarded received characters that the guest threw away with a FIFO or device reset, and those that came from
 *     the line during loopback
 * @param transmitOverruns characters lost because the guest wrote to a full transmitter
 * @param transmitDiscarded written characters that the guest threw away with a FIFO or device reset
 * @param invalidAccesses accesses to registers that do not exist, and writes to those that can only be read
 */
public record UartCounters(
        long received,
        long transmitted,
        long loopedBack,
        long receiveOverruns,
        long receiveDiscarded,
        long transmitOverruns,
        long transmitDiscarded,
        long invalidAccesses) {}
