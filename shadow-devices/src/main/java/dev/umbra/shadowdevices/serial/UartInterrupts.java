// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static dev.umbra.shadowdevices.serial.UartRegisters.IER_LINE_STATUS;
import static dev.umbra.shadowdevices.serial.UartRegisters.IER_MODEM_STATUS;
import static dev.umbra.shadowdevices.serial.UartRegisters.IER_RECEIVED_DATA;
import static dev.umbra.shadowdevices.serial.UartRegisters.IER_TRANSMITTER_HOLDING_EMPTY;
import static dev.umbra.shadowdevices.serial.UartRegisters.IIR_CHARACTER_TIMEOUT;
import static dev.umbra.shadowdevices.serial.UartRegisters.IIR_LINE_STATUS;
import static dev.umbra.shadowdevices.serial.UartRegisters.IIR_MODEM_STATUS;
import static dev.umbra.shadowdevices.serial.UartRegisters.IIR_NONE;
import static dev.umbra.shadowdevices.serial.UartRegisters.IIR_RECEIVED_DATA;
import static dev.umbra.shadowdevices.serial.UartRegisters.IIR_TRANSMITTER_HOLDING_EMPTY;

import dev.umbra.shadowdevices.InterruptLine;

/**
 * The interrupt control logic: which of the sources are enabled, which comes first, and the line to the interrupt controller.
 *
 * <p>Only the transmitter's interrupt is a latch, kept where it arises. The others are levels: they last as long as their cause, so
 * there is nothing to store and nothing to get out of step. {@link #update} is called after every event.
 */
final class UartInterrupts {
    private final InterruptLine line;
    private final UartReceiver receiver;
    private final UartTransmitter transmitter;
    private final UartModem modem;

    private int enabled;
    private boolean asserted;

    UartInterrupts(InterruptLine line, UartReceiver receiver, UartTransmitter transmitter, UartModem modem) {
        this.line = line;
        this.receiver = receiver;
        this.transmitter = transmitter;
        this.modem = modem;
    }

    /** The interrupt enable register. */
    int enabled() {
        return enabled;
    }

    void enable(int value) {
        int switchedOn = value & ~enabled;
        enabled = value;
        if ((switchedOn & IER_TRANSMITTER_HOLDING_EMPTY) != 0) {
            transmitter.interruptEnabled();
        }
    }

    void restore(int value) {
        enabled = value;
    }

    /** The pending interrupt of highest priority ("Interrupt Control Functions"). */
    int identification() {
        if ((enabled & IER_LINE_STATUS) != 0 && receiver.lineErrors() != 0) {
            return IIR_LINE_STATUS;
        }
        if ((enabled & IER_RECEIVED_DATA) != 0) {
            if (receiver.timeoutPending()) {
                return IIR_CHARACTER_TIMEOUT;
            }
            if (receiver.triggerReached()) {
                return IIR_RECEIVED_DATA;
            }
        }
        if ((enabled & IER_TRANSMITTER_HOLDING_EMPTY) != 0 && transmitter.interruptPending()) {
            return IIR_TRANSMITTER_HOLDING_EMPTY;
        }
        if ((enabled & IER_MODEM_STATUS) != 0 && modem.deltas() != 0) {
            return IIR_MODEM_STATUS;
        }
        return IIR_NONE;
    }

    boolean asserted() {
        return asserted;
    }

    void update() {
        boolean due = due();
        if (due != asserted) {
            asserted = due;
            line.set(due);
        }
    }

    boolean upToDate() {
        return asserted == due();
    }

    private boolean due() {
        return modem.interruptConnected() && identification() != IIR_NONE;
    }
}
