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

import java.lang.foreign.MemorySegment;

/**
 * The modem half: control register and outputs, input lines and the status register.
 *
 * <p>In loopback the outputs are inactive, the inputs are disconnected, and the four control bits take the places of the inputs
 * ("Modem Control Register"). The four lines of the status register are thus a function of the inputs and of the control register.
 * A delta is set for each line that changes by either cause; of the ring indicator only its end counts. Break is here because
 * loopback takes it off the line like the other outputs.
 */
final class UartModem {
    private static final int DELTA_SHIFT = 4;

    private final SerialTransmitter line;

    private int control;
    private int inputs;
    private int deltas;
    private boolean breakRequested;

    private int outputs;
    private boolean breakAsserted;

    UartModem(SerialTransmitter line) {
        this.line = line;
    }

    void reset() {
        control = 0;
        deltas = 0;
        breakRequested = false;
        updateOutputs();
    }

    int control() {
        return control;
    }

    void writeControl(int value) {
        int before = lines();
        control = value;
        noteChanges(before);
        updateOutputs();
    }

    void requestBreak(boolean requested) {
        breakRequested = requested;
        updateOutputs();
    }

    boolean loopback() {
        return (control & MCR_LOOP) != 0;
    }

    /** On a PC the output OUT2 connects the interrupt; like all outputs it is inactive in loopback. */
    boolean interruptConnected() {
        return (control & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2;
    }

    void changeInputs(int newInputs) {
        int before = lines();
        inputs = newInputs;
        noteChanges(before);
    }

    int deltas() {
        return deltas;
    }

    /** The modem status register. */
    int status() {
        return lines() | deltas;
    }

    void clearDeltas() {
        deltas = 0;
    }

    private int lines() {
        if (!loopback()) {
            return inputs;
        }
        return ((control & MCR_REQUEST_TO_SEND) != 0 ? MSR_CLEAR_TO_SEND : 0)
                | ((control & MCR_DATA_TERMINAL_READY) != 0 ? MSR_DATA_SET_READY : 0)
                | ((control & MCR_OUT1) != 0 ? MSR_RING : 0)
                | ((control & MCR_OUT2) != 0 ? MSR_CARRIER_DETECT : 0);
    }

    private void noteChanges(int before) {
        int after = lines();
        int changed = (before ^ after) >> DELTA_SHIFT;
        boolean ringing = (after & MSR_RING) != 0;
        deltas |= ringing ? changed & ~MSR_TRAILING_EDGE_RING : changed;
    }

    private boolean breakDue() {
        return breakRequested && !loopback();
    }

    private int outputsDue() {
        return loopback() ? 0 : control & (MCR_DATA_TERMINAL_READY | MCR_REQUEST_TO_SEND);
    }

    private void updateOutputs() {
        boolean breakNow = breakDue();
        if (breakNow != breakAsserted) {
            breakAsserted = breakNow;
            line.breakControl(breakNow);
        }
        int outputsNow = outputsDue();
        if (outputsNow != outputs) {
            outputs = outputsNow;
            line.modemControl((outputsNow & MCR_DATA_TERMINAL_READY) != 0, (outputsNow & MCR_REQUEST_TO_SEND) != 0);
        }
    }

    /** Whether the line has been told of every output. */
    boolean outputsCurrent() {
        return breakAsserted == breakDue() && outputs == outputsDue();
    }

    /** The deltas, and the inputs as they are behind a loopback. */
    int savedStatus() {
        return inputs | deltas;
    }

    void save(MemorySegment segment) {
        UartStateLayout.writeByte(segment, UartStateLayout.MODEM_CONTROL_OFFSET, control);
        UartStateLayout.writeByte(segment, UartStateLayout.MODEM_STATUS_OFFSET, savedStatus());
    }

    void restore(int savedControl, int savedStatus, boolean savedBreak) {
        control = savedControl;
        inputs = savedStatus & ~MSR_DELTAS;
        deltas = savedStatus & MSR_DELTAS;
        breakRequested = savedBreak;
        updateOutputs();
    }
}
