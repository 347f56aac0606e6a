// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static dev.umbra.shadowdevices.serial.UartRegisters.MCR_DATA_TERMINAL_READY;
import static dev.umbra.shadowdevices.serial.UartRegisters.MCR_LOOP;
import static dev.umbra.shadowdevices.serial.UartRegisters.MCR_OUT1;
import static dev.umbra.shadowdevices.serial.UartRegisters.MCR_OUT2;
import static dev.umbra.shadowdevices.serial.UartRegisters.MCR_REQUEST_TO_SEND;
import static dev.umbra.shadowdevices.serial.UartRegisters.MSR_CARRIER_DETECT;
import static dev.umbra.shadowdevices.serial.UartRegisters.MSR_CLEAR_TO_SEND;
import static dev.umbra.shadowdevices.serial.UartRegisters.MSR_DATA_SET_READY;
import static dev.umbra.shadowdevices.serial.UartRegisters.MSR_DELTAS;
import static dev.umbra.shadowdevices.serial.UartRegisters.MSR_RING;
import static dev.umbra.shadowdevices.serial.UartRegisters.MSR_TRAILING_EDGE_RING;

/**
 * The modem status register: four lines and what has changed on them since the guest last looked.
 *
 * <p>In loopback the inputs are disconnected and the four modem control outputs take their places ("Modem Control Register"), so
 * the lines are a function of the inputs and of the modem control register. A delta is set for each line that changes by either
 * cause; of the ring indicator only its end counts.
 */
final class ModemLines {
    private static final int DELTA_SHIFT = 4;

    private int inputs;
    private int deltas;

    int inputs() {
        return inputs;
    }

    int deltas() {
        return deltas;
    }

    int status(int modemControl) {
        return lines(modemControl) | deltas;
    }

    void clearDeltas() {
        deltas = 0;
    }

    void inputsChanged(int newInputs, int modemControl) {
        int before = lines(modemControl);
        inputs = newInputs;
        note(before, lines(modemControl));
    }

    void controlChanged(int oldModemControl, int newModemControl) {
        note(lines(oldModemControl), lines(newModemControl));
    }

    void restore(int modemStatus) {
        inputs = modemStatus & ~MSR_DELTAS;
        deltas = modemStatus & MSR_DELTAS;
    }

    private int lines(int modemControl) {
        if ((modemControl & MCR_LOOP) == 0) {
            return inputs;
        }
        return ((modemControl & MCR_REQUEST_TO_SEND) != 0 ? MSR_CLEAR_TO_SEND : 0)
                | ((modemControl & MCR_DATA_TERMINAL_READY) != 0 ? MSR_DATA_SET_READY : 0)
                | ((modemControl & MCR_OUT1) != 0 ? MSR_RING : 0)
                | ((modemControl & MCR_OUT2) != 0 ? MSR_CARRIER_DETECT : 0);
    }

    private void note(int before, int after) {
        int changed = (before ^ after) >> DELTA_SHIFT;
        boolean ringing = (after & MSR_RING) != 0;
        deltas |= ringing ? changed & ~MSR_TRAILING_EDGE_RING : changed;
    }
}
