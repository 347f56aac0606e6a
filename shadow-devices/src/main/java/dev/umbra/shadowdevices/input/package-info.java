// SPDX-License-Identifier: Apache-2.0

/**
 * Keyboard and mouse of a PC: the i8042 controller with its two PS/2 devices, and VMware's absolute pointer, as a pure model with
 * its saved state.
 *
 * <p>The model holds no thread, socket or clock. It is given two {@link dev.umbra.shadowdevices.InterruptLine interrupt lines};
 * what the user does, and that time has passed, it is told.
 */
package dev.umbra.shadowdevices.input;
