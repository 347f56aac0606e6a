// SPDX-License-Identifier: Apache-2.0

/**
 * The serial port of a PC: a 16550A as a pure model, and its saved state.
 *
 * <p>The model holds no thread, socket or clock. It is given an {@link dev.umbra.shadowdevices.InterruptLine} and a {@link
 * dev.umbra.shadowdevices.serial.SerialTransmitter}; what arrives on the line, and that time has passed, it is told.
 */
package dev.umbra.shadowdevices.serial;
