// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static dev.umbra.shadowdevices.serial.UartRegisters.*;

import dev.umbra.shadowdevices.PortDevice;
import java.io.ByteArrayOutputStream;
import java.util.EnumSet;
import java.util.Set;

/**
 * A guest's driver that knows only the registers. It does in order what the 8250 driver of Linux does: the probes, the start with
 * its tests for faulty transmitters, and transmission and reception in the interrupt.
 */
final class InterruptDrivenDriver {
    /** What the probes can conclude. */
    enum Type {
        NOTHING,
        UART_8250,
        UART_16450,
        UART_16550,
        UART_16550A,
        UART_16550A_64_BYTES,
        UART_16650,
        UART_16750,
        NATIONAL_SUPER_IO,
        XSCALE
    }

    /** Faults that the start of the port tests for. */
    enum Fault {
        HOLDING_EMPTY_NOT_REASSERTED,
        NO_INTERRUPT_ON_ENABLE
    }

    private static final int EXTENDED_FEATURES = 2;
    private static final int CONFIGURATION_A = LCR_DLAB;
    private static final int CONFIGURATION_B = 0xbf;
    private static final int SUPER_IO_BANK = 0xe0;
    private static final int FIFO_64_BYTES = 0x20;
    private static final int FIFO_SIZE = 16;
    private static final int EIGHT_BITS = 0x03;
    private static final int PASS_LIMIT = 512;

    private final PortDevice port;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private byte[] output = {};
    private int outputAt;
    private int interruptEnable;
    private int breaks;
    private int overruns;

    InterruptDrivenDriver(PortDevice port) {
        this.port = port;
    }

    Type probe() {
        if (!hasInterruptEnable() || !hasLoopback()) {
            return Type.NOTHING;
        }
        int lineControl = port.read(LCR);
        port.write(LCR, CONFIGURATION_B);
        port.write(EXTENDED_FEATURES, 0);
        port.write(LCR, 0);
        port.write(IIR_FCR, FCR_ENABLE);
        Type type = switch (port.read(IIR_FCR) >> 6) {
            case 0 -> hasScratch() ? Type.UART_16450 : Type.UART_8250;
            case 2 -> Type.UART_16550;
            case 3 -> distinguish16550A();
            default -> Type.NOTHING;
        };
        port.write(LCR, lineControl);
        clearFifos();
        port.read(RBR_THR_DLL);
        port.write(IER_DLM, 0);
        return type;
    }

    private boolean hasInterruptEnable() {
        int saved = port.read(IER_DLM);
        port.write(IER_DLM, 0);
        boolean clears = (port.read(IER_DLM) & IER_MASK) == 0;
        port.write(IER_DLM, IER_MASK);
        boolean sets = (port.read(IER_DLM) & IER_MASK) == IER_MASK;
        port.write(IER_DLM, saved);
        return clears && sets;
    }

    private boolean hasLoopback() {
        int saved = port.read(MCR);
        port.write(MCR, MCR_LOOP | MCR_OUT2 | MCR_REQUEST_TO_SEND);
        int status = port.read(MSR) & MSR_LINES;
        port.write(MCR, saved);
        return status == (MSR_CARRIER_DETECT | MSR_CLEAR_TO_SEND);
    }

    private boolean hasScratch() {
        int saved = port.read(SCR);
        port.write(SCR, 0xa5);
        boolean first = port.read(SCR) == 0xa5;
        port.write(SCR, 0x5a);
        boolean second = port.read(SCR) == 0x5a;
        port.write(SCR, saved);
        return first && second;
    }

    private Type distinguish16550A() {
        port.write(LCR, CONFIGURATION_A);
        if (port.read(EXTENDED_FEATURES) == 0) {
            return Type.UART_16650;
        }
        port.write(LCR, CONFIGURATION_B);
        if (port.read(EXTENDED_FEATURES) == 0) {
            return Type.UART_16650;
        }
        if (hasSuperIoBank()) {
            return Type.NATIONAL_SUPER_IO;
        }
        int withoutLatch = fifoIndication(0);
        int withLatch = fifoIndication(CONFIGURATION_A);
        port.write(LCR, 0);
        if (withoutLatch == 6 && withLatch == 7) {
            return Type.UART_16750;
        }
        if (hasUnitEnable()) {
            return Type.XSCALE;
        }
        return loopbackFifoSize() == 64 ? Type.UART_16550A_64_BYTES : Type.UART_16550A;
    }

    private boolean hasSuperIoBank() {
        port.write(LCR, 0);
        int control = port.read(MCR);
        port.write(LCR, SUPER_IO_BANK);
        boolean found = false;
        if (((port.read(EXTENDED_FEATURES) ^ control) & MCR_LOOP) == 0) {
            port.write(LCR, 0);
            port.write(MCR, control ^ MCR_LOOP);
            port.write(LCR, SUPER_IO_BANK);
            int second = port.read(EXTENDED_FEATURES);
            port.write(LCR, 0);
            port.write(MCR, control);
            found = ((second ^ control) & MCR_LOOP) != 0;
        }
        port.write(LCR, 0);
        return found;
    }

    private int fifoIndication(int lineControl) {
        port.write(LCR, 0);
        port.write(IIR_FCR, FCR_ENABLE);
        port.write(LCR, lineControl);
        port.write(IIR_FCR, FCR_ENABLE | FIFO_64_BYTES);
        int indication = port.read(IIR_FCR) >> 5;
        port.write(IIR_FCR, FCR_ENABLE);
        return indication;
    }

    private boolean hasUnitEnable() {
        int unitEnable = 0x40;
        int saved = port.read(IER_DLM);
        port.write(IER_DLM, saved & ~unitEnable);
        boolean clears = (port.read(IER_DLM) & unitEnable) == 0;
        port.write(IER_DLM, saved | unitEnable);
        boolean sets = (port.read(IER_DLM) & unitEnable) != 0;
        port.write(IER_DLM, saved);
        return clears && sets;
    }

    /** Fills the transmitter in loopback and counts what comes back. */
    int loopbackFifoSize() {
        int control = port.read(MCR);
        port.write(LCR, 0);
        port.write(IIR_FCR, FCR_ENABLE | FCR_RESET_RECEIVER | FCR_RESET_TRANSMITTER);
        port.write(MCR, MCR_LOOP);
        port.write(LCR, CONFIGURATION_A);
        int low = port.read(RBR_THR_DLL);
        int high = port.read(IER_DLM);
        port.write(RBR_THR_DLL, 1);
        port.write(IER_DLM, 0);
        port.write(LCR, EIGHT_BITS);
        for (int character = 0; character < 256; character++) {
            port.write(RBR_THR_DLL, character);
        }
        int size = 0;
        while ((port.read(LSR) & LSR_DATA_READY) != 0 && size < 256) {
            port.read(RBR_THR_DLL);
            size++;
        }
        port.write(IIR_FCR, 0);
        port.write(MCR, control);
        port.write(LCR, CONFIGURATION_A);
        port.write(RBR_THR_DLL, low);
        port.write(IER_DLM, high);
        port.write(LCR, 0);
        return size;
    }

    private void clearFifos() {
        port.write(IIR_FCR, FCR_ENABLE);
        port.write(IIR_FCR, FCR_ENABLE | FCR_RESET_RECEIVER | FCR_RESET_TRANSMITTER);
        port.write(IIR_FCR, 0);
    }

    /** Makes the port ready and leaves it with receive interrupts enabled. */
    Set<Fault> start() {
        Set<Fault> faults = EnumSet.noneOf(Fault.class);
        clearFifos();
        port.read(LSR);
        port.read(RBR_THR_DLL);
        port.read(IIR_FCR);
        port.read(MSR);

        int first = identificationAfterEnablingTransmitter();
        port.write(IER_DLM, 0);
        int second = identificationAfterEnablingTransmitter();
        port.write(IER_DLM, 0);
        if ((first & IIR_NONE) == 0 && (second & IIR_NONE) != 0) {
            faults.add(Fault.HOLDING_EMPTY_NOT_REASSERTED);
        }

        port.write(LCR, EIGHT_BITS);
        port.write(MCR, MCR_OUT2);
        port.write(IER_DLM, IER_TRANSMITTER_HOLDING_EMPTY);
        int lineStatus = port.read(LSR);
        int identification = port.read(IIR_FCR);
        port.write(IER_DLM, 0);
        if ((lineStatus & LSR_TRANSMITTER_EMPTY) != 0 && (identification & IIR_NONE) != 0) {
            faults.add(Fault.NO_INTERRUPT_ON_ENABLE);
        }

        port.read(LSR);
        port.read(RBR_THR_DLL);
        port.read(IIR_FCR);
        port.read(MSR);
        setBaudRate();
        port.write(MCR, MCR_OUT2 | MCR_DATA_TERMINAL_READY | MCR_REQUEST_TO_SEND);
        enable(IER_RECEIVED_DATA | IER_LINE_STATUS);
        return faults;
    }

    private int identificationAfterEnablingTransmitter() {
        port.write(IER_DLM, IER_TRANSMITTER_HOLDING_EMPTY);
        return port.read(IIR_FCR);
    }

    private void setBaudRate() {
        port.write(LCR, EIGHT_BITS | LCR_DLAB);
        port.write(RBR_THR_DLL, 1);
        port.write(IER_DLM, 0);
        port.write(LCR, EIGHT_BITS);
        port.write(IIR_FCR, FCR_ENABLE);
        port.write(IIR_FCR, FCR_ENABLE | 0x80);
    }

    void send(byte[] bytes) {
        output = bytes;
        outputAt = 0;
        enable(interruptEnable | IER_TRANSMITTER_HOLDING_EMPTY);
    }

    /** The interrupt handler of an edge-triggered line: serves the port until it has nothing pending. */
    boolean interrupt() {
        boolean handled = false;
        for (int pass = 0; pass < PASS_LIMIT; pass++) {
            int identification = port.read(IIR_FCR);
            if ((identification & IIR_NONE) != 0) {
                return handled;
            }
            handled = true;
            serve();
        }
        throw new IllegalStateException("the interrupt does not go away");
    }

    private void serve() {
        int status = port.read(LSR);
        while ((status & (LSR_DATA_READY | LSR_BREAK_INTERRUPT)) != 0) {
            overruns += (status & LSR_OVERRUN) != 0 ? 1 : 0;
            int character = port.read(RBR_THR_DLL);
            if ((status & LSR_BREAK_INTERRUPT) != 0) {
                breaks++;
            } else {
                received.write(character);
            }
            status = port.read(LSR);
        }
        port.read(MSR);
        if ((status & LSR_TRANSMITTER_HOLDING_EMPTY) != 0 && (interruptEnable & IER_TRANSMITTER_HOLDING_EMPTY) != 0) {
            fillTransmitter();
        }
    }

    private void fillTransmitter() {
        for (int count = 0; count < FIFO_SIZE && outputAt < output.length; count++) {
            port.write(RBR_THR_DLL, output[outputAt++]);
        }
        if (outputAt == output.length) {
            enable(interruptEnable & ~IER_TRANSMITTER_HOLDING_EMPTY);
        }
    }

    private void enable(int value) {
        interruptEnable = value;
        port.write(IER_DLM, value);
    }

    byte[] received() {
        return received.toByteArray();
    }

    int receivedCount() {
        return received.size();
    }

    boolean sendingDone() {
        return outputAt == output.length;
    }

    int breaks() {
        return breaks;
    }

    int overruns() {
        return overruns;
    }
}
