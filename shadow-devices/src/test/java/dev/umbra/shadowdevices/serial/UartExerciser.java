// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static dev.umbra.shadowdevices.serial.UartRegisters.*;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Does to a port what three bytes say, and keeps account of what it saw and of every character. A sequence of such triples is a
 * program; properties and the fuzz target share it.
 */
final class UartExerciser {
    static final int STEP_BYTES = 3;
    static final int OPERATIONS = 14;

    final FakeInterruptLine interrupt = new FakeInterruptLine();
    final FakeTransmitter line = new FakeTransmitter();
    final Uart16550 uart = new Uart16550(interrupt, line);

    private final MemorySegment saved = MemorySegment.ofArray(new byte[Uart16550State.SIZE]);
    private final List<Integer> observations = new ArrayList<>();
    private long charactersIn;
    private long charactersRead;
    private long charactersWritten;

    void step(int operation, int first, int second) {
        switch (Math.floorMod(operation, OPERATIONS)) {
            case 0, 1 -> observations.add(read((first & 0xf) - 1));
            case 2 -> write((first & 0xf) - 1, second);
            case 3, 4 -> write(RBR_THR_DLL, first);
            case 5, 6 -> {
                uart.receive(first & 0xff);
                charactersIn++;
            }
            case 7 -> {
                uart.receiveDamaged(first & 0xff, (second & 1) != 0, (second & 2) != 0);
                charactersIn++;
            }
            case 8 -> {
                uart.receiveBreak();
                charactersIn++;
            }
            case 9 -> uart.receiveTimeout();
            case 10 -> {
                line.takeOnly(first & 0x1f);
                uart.transmitterReady();
            }
            case 11 -> {
                line.takeAll();
                uart.transmitterReady();
            }
            case 12 -> uart.modemStatus((first & 1) != 0, (first & 2) != 0, (first & 4) != 0, (first & 8) != 0);
            default -> control(first, second);
        }
        uart.invariant();
    }

    /** Writes that a uniform choice of bytes would make too rarely or too often. */
    private void control(int first, int second) {
        switch (first & 7) {
            case 0 -> write(LCR, second & ~LCR_DLAB);
            case 1 -> write(MCR, second & ~MCR_LOOP | MCR_OUT2);
            case 2 -> write(IER_DLM, second);
            case 3 -> write(IIR_FCR, second | FCR_ENABLE);
            case 4 -> saveAndRestore();
            case 5 -> observations.add(read(LSR));
            case 6 -> observations.add(read(IIR_FCR));
            default -> {
                if (second == 0) {
                    uart.masterReset();
                }
            }
        }
    }

    void run(byte[] program) {
        for (int at = 0; at + STEP_BYTES <= program.length; at += STEP_BYTES) {
            step(program[at], program[at + 1], program[at + 2]);
        }
    }

    int read(int register) {
        boolean character = register == RBR_THR_DLL
                && (uart.read(LCR) & LCR_DLAB) == 0
                && !uart.state().receiver().characters().isEmpty();
        charactersRead += character ? 1 : 0;
        return uart.read(register);
    }

    void write(int register, int value) {
        boolean character = register == RBR_THR_DLL && (uart.read(LCR) & LCR_DLAB) == 0;
        charactersWritten += character ? 1 : 0;
        uart.write(register, value);
    }

    void saveAndRestore() {
        uart.save(saved);
        uart.restore(Uart16550State.decode(saved));
    }

    /** Takes over the state of another port and the readiness of its far end. */
    void continueFrom(UartExerciser other) {
        other.uart.save(saved);
        uart.restore(Uart16550State.decode(saved));
        line.takeOnly(other.line.credit());
    }

    void forgetObservations() {
        observations.clear();
    }

    List<Integer> observations() {
        return observations;
    }

    /** Characters that came in and are neither read, counted as lost, nor waiting. */
    long receiveBalance() {
        UartCounters counters = uart.counters();
        return charactersIn
                + counters.loopedBack()
                - charactersRead
                - counters.receiveOverruns()
                - counters.receiveDiscarded()
                - uart.state().receiver().characters().size();
    }

    /** Characters that were written and are neither taken, counted as lost, nor held. */
    long transmitBalance() {
        UartCounters counters = uart.counters();
        return charactersWritten
                - line.takenCount()
                - counters.loopedBack()
                - counters.transmitOverruns()
                - counters.transmitDiscarded()
                - uart.heldCharacters();
    }
}
