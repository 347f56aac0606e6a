// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

/** Registers and bits of the 16550A, named as in the PC16550D data sheet, "Summary of Registers". */
final class UartRegisters {
    /** Ports that the device occupies. */
    static final int COUNT = 8;

    /** Receiver buffer (read), transmitter holding (write), divisor latch low with {@link #LCR_DLAB}. */
    static final int RBR_THR_DLL = 0;
    /** Interrupt enable, divisor latch high with {@link #LCR_DLAB}. */
    static final int IER_DLM = 1;
    /** Interrupt identification (read), FIFO control (write). */
    static final int IIR_FCR = 2;
    /** Line control. */
    static final int LCR = 3;
    /** Modem control. */
    static final int MCR = 4;
    /** Line status. */
    static final int LSR = 5;
    /** Modem status. */
    static final int MSR = 6;
    /** Scratch. */
    static final int SCR = 7;

    static final int IER_RECEIVED_DATA = 0x01;
    static final int IER_TRANSMITTER_HOLDING_EMPTY = 0x02;
    static final int IER_LINE_STATUS = 0x04;
    static final int IER_MODEM_STATUS = 0x08;
    static final int IER_MASK = 0x0f;

    static final int IIR_MODEM_STATUS = 0x00;
    static final int IIR_NONE = 0x01;
    static final int IIR_TRANSMITTER_HOLDING_EMPTY = 0x02;
    static final int IIR_RECEIVED_DATA = 0x04;
    static final int IIR_LINE_STATUS = 0x06;
    static final int IIR_CHARACTER_TIMEOUT = 0x0c;
    static final int IIR_FIFOS_ENABLED = 0xc0;

    static final int FCR_ENABLE = 0x01;
    static final int FCR_RESET_RECEIVER = 0x02;
    static final int FCR_RESET_TRANSMITTER = 0x04;
    static final int FCR_DMA_MODE = 0x08;
    static final int FCR_TRIGGER_SHIFT = 6;
    /** What of the register is kept while the FIFOs are on: the resets clear themselves, bits 4 and 5 are reserved. */
    static final int FCR_KEPT = FCR_ENABLE | FCR_DMA_MODE | 0xc0;

    static final int LCR_PARITY_ENABLE = 0x08;
    static final int LCR_EVEN_PARITY = 0x10;
    static final int LCR_SET_BREAK = 0x40;
    static final int LCR_DLAB = 0x80;

    static final int MCR_DATA_TERMINAL_READY = 0x01;
    static final int MCR_REQUEST_TO_SEND = 0x02;
    static final int MCR_OUT1 = 0x04;
    static final int MCR_OUT2 = 0x08;
    static final int MCR_LOOP = 0x10;
    static final int MCR_MASK = 0x1f;

    static final int LSR_DATA_READY = 0x01;
    static final int LSR_OVERRUN = 0x02;
    static final int LSR_PARITY_ERROR = 0x04;
    static final int LSR_FRAMING_ERROR = 0x08;
    static final int LSR_BREAK_INTERRUPT = 0x10;
    static final int LSR_TRANSMITTER_HOLDING_EMPTY = 0x20;
    static final int LSR_TRANSMITTER_EMPTY = 0x40;
    static final int LSR_ERROR_IN_FIFO = 0x80;
    /** The errors that belong to one character. */
    static final int LSR_CHARACTER_ERRORS = LSR_PARITY_ERROR | LSR_FRAMING_ERROR | LSR_BREAK_INTERRUPT;
    /** The bits that reading the register clears. */
    static final int LSR_ERRORS = LSR_OVERRUN | LSR_CHARACTER_ERRORS;

    static final int MSR_DELTA_CLEAR_TO_SEND = 0x01;
    static final int MSR_DELTA_DATA_SET_READY = 0x02;
    static final int MSR_TRAILING_EDGE_RING = 0x04;
    static final int MSR_DELTA_CARRIER_DETECT = 0x08;
    static final int MSR_DELTAS = 0x0f;
    static final int MSR_CLEAR_TO_SEND = 0x10;
    static final int MSR_DATA_SET_READY = 0x20;
    static final int MSR_RING = 0x40;
    static final int MSR_CARRIER_DETECT = 0x80;
    static final int MSR_LINES = 0xf0;

    private static final int[] TRIGGER_LEVELS = {1, 4, 8, 14};

    private UartRegisters() {}

    /** Characters at which received data is announced, by FIFO control register; 1 with the FIFOs off. */
    static int triggerLevel(int fifoControl) {
        return TRIGGER_LEVELS[fifoControl >> FCR_TRIGGER_SHIFT & 3];
    }

    /** Characters that each direction holds, by FIFO control register. */
    static int capacity(int fifoControl) {
        return (fifoControl & FCR_ENABLE) != 0 ? CharacterFifo.CAPACITY : 1;
    }
}
