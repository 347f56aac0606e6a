// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static dev.umbra.shadowdevices.serial.UartRegisters.LSR_TRANSMITTER_EMPTY;
import static dev.umbra.shadowdevices.serial.UartRegisters.LSR_TRANSMITTER_HOLDING_EMPTY;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * The transmit half: the FIFO, or in 16450 mode the single holding register, and the shift register behind it.
 *
 * <p>A character takes no time to transmit. It stays in the shift register only if the far end refuses it, and then the others
 * queue behind it. The shift register is occupied exactly while the far end has refused; nothing is offered again until {@link
 * #drain} is called for that purpose.
 *
 * <p>"Transmitter holding register empty" (THRE) means the FIFO, "transmitter empty" (TEMT) the shift register too. In FIFO mode
 * THRE comes late for a lone character ("FIFO Interrupt Mode Operation": delayed when "there have not been at least two bytes at
 * the same time in the transmit FIFO since the last THRE = 1"), but at once for the first one after the mode was changed. Hence a
 * lone character that is held back shows as a transmitter that is not ready. {@link #immediate} remembers which case applies.
 *
 * <p>The THRE interrupt is not a level but an event: {@link #interruptPending} is set when THRE rises or the interrupt is
 * enabled while THRE is set, and cleared by a write or by the read of the interrupt identification register that reports it
 * ("Interrupt Control Functions"). {@link #acknowledgedByRead} tells which of the two the driver uses since it enabled the
 * interrupt; see {@link Uart16550}.
 */
final class UartTransmitter {
    private final CharacterFifo characters = new CharacterFifo();
    private final SerialTransmitter line;

    private int capacity;
    private boolean shifting;
    private int shiftRegister;
    private boolean holdingEmpty;
    private boolean immediate;
    private boolean interruptPending;
    private boolean acknowledgedByRead;

    private long transmitted;
    private long loopedBack;
    private long overruns;
    private long discarded;

    UartTransmitter(SerialTransmitter line) {
        this.line = line;
    }

    void configure(int fifoControl) {
        capacity = UartRegisters.capacity(fifoControl);
    }

    void reset() {
        clear();
        if (shifting) {
            shifting = false;
            shiftRegister = 0;
            discarded++;
        }
        holdingEmpty = true;
        immediate = false;
        interruptPending = false;
        acknowledgedByRead = false;
    }

    /** Takes a character that the guest has written. One that finds no place is lost. */
    void accept(int character) {
        interruptPending = false;
        holdingEmpty = false;
        if (characters.size() == capacity) {
            overruns++;
            return;
        }
        characters.add(character);
        immediate |= characters.size() > 1;
    }

    /** Whether the far end has refused a character, which is held until it is ready. */
    boolean blocked() {
        return shifting;
    }

    /** Sends until nothing is left or the far end refuses. With a loopback receiver, everything goes there. */
    void drain(UartReceiver loopback) {
        while (shifting || characters.size() != 0) {
            if (!shifting) {
                shiftRegister = characters.remove();
                shifting = true;
                if (characters.size() == 0 && (immediate || capacity == 1)) {
                    becomeEmpty();
                }
            }
            if (loopback != null) {
                loopback.accept(shiftRegister, 0);
                loopedBack++;
            } else if (line.offer(shiftRegister)) {
                transmitted++;
            } else {
                return;
            }
            shifting = false;
            shiftRegister = 0;
            if (characters.size() == 0) {
                becomeEmpty();
            }
        }
    }

    private void becomeEmpty() {
        if (!holdingEmpty) {
            holdingEmpty = true;
            interruptPending = true;
            immediate = false;
        }
    }

    /** Empties the FIFO. The shift register keeps its character ("FIFO Control Register"). */
    void clear() {
        discarded += characters.size();
        characters.clear();
        becomeEmpty();
    }

    /** The FIFOs have been switched on or off. */
    void modeChanged() {
        clear();
        immediate = capacity > 1;
    }

    /** The guest has switched the interrupt on. */
    void interruptEnabled() {
        acknowledgedByRead = false;
        interruptPending |= holdingEmpty;
    }

    /** The guest has read that the interrupt is pending. */
    void acknowledge() {
        interruptPending = false;
        acknowledgedByRead = true;
    }

    boolean interruptPending() {
        return interruptPending;
    }

    boolean acknowledgedByRead() {
        return acknowledgedByRead;
    }

    /** The bits of the line status register that this half is responsible for. */
    int lineStatus() {
        if (!holdingEmpty) {
            return 0;
        }
        return shifting ? LSR_TRANSMITTER_HOLDING_EMPTY : LSR_TRANSMITTER_HOLDING_EMPTY | LSR_TRANSMITTER_EMPTY;
    }

    int heldCharacters() {
        return characters.size() + (shifting ? 1 : 0);
    }

    long transmitted() {
        return transmitted;
    }

    long loopedBack() {
        return loopedBack;
    }

    long overruns() {
        return overruns;
    }

    long discarded() {
        return discarded;
    }

    Uart16550State.Transmitter state() {
        return new Uart16550State.Transmitter(
                holdingEmpty,
                interruptPending,
                immediate,
                acknowledgedByRead,
                shifting ? OptionalInt.of(shiftRegister) : OptionalInt.empty(),
                characters.toList());
    }

    int flags() {
        return (holdingEmpty ? UartStateLayout.FLAG_HOLDING_EMPTY : 0)
                | (interruptPending ? UartStateLayout.FLAG_INTERRUPT_PENDING : 0)
                | (immediate ? UartStateLayout.FLAG_IMMEDIATE : 0)
                | (acknowledgedByRead ? UartStateLayout.FLAG_ACKNOWLEDGED_BY_READ : 0)
                | (shifting ? UartStateLayout.FLAG_SHIFTING : 0);
    }

    void save(MemorySegment segment) {
        UartStateLayout.writeByte(segment, UartStateLayout.SHIFT_REGISTER_OFFSET, shiftRegister);
        UartStateLayout.writeByte(segment, UartStateLayout.TRANSMIT_SIZE_OFFSET, characters.size());
        UartStateLayout.writeFifo(segment, UartStateLayout.TRANSMIT_OFFSET, characters);
    }

    void restore(Uart16550State.Transmitter state) {
        shifting = state.shiftRegister().isPresent();
        shiftRegister = state.shiftRegister().orElse(0);
        holdingEmpty = state.holdingEmpty();
        immediate = state.immediate();
        interruptPending = state.interruptPending();
        acknowledgedByRead = state.acknowledgedByRead();
        characters.fill(state.characters());
    }
}
