// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static dev.umbra.shadowdevices.serial.UartRegisters.LSR_CHARACTER_ERRORS;
import static dev.umbra.shadowdevices.serial.UartRegisters.LSR_DATA_READY;
import static dev.umbra.shadowdevices.serial.UartRegisters.LSR_ERROR_IN_FIFO;
import static dev.umbra.shadowdevices.serial.UartRegisters.LSR_OVERRUN;

import java.lang.foreign.MemorySegment;

/**
 * The receive half: the FIFO, or in 16450 mode the single receiver buffer, with the errors of each character.
 *
 * <p>An error travels with its character and shows in the line status register when that becomes the oldest ("Line Status
 * Register": "revealed to the CPU when its associated character is at the top of the FIFO"). From then on it stays until the
 * register is read, even if the character itself is read before. So {@link #lineErrors} is a latch, and the error of the oldest
 * character has always been moved out of {@link #errors}; what is left there is what only bit 7 tells of.
 *
 * <p>The two modes lose different characters: a full FIFO drops the one that arrives, the buffer of a 16450 is overwritten.
 */
final class UartReceiver {
    private final CharacterFifo characters = new CharacterFifo();
    private final CharacterFifo errors = new CharacterFifo();

    private int capacity;
    private int triggerLevel;
    private int lineErrors;
    private boolean timeoutPending;

    private long received;
    private long overruns;
    private long discarded;

    void configure(int fifoControl) {
        capacity = UartRegisters.capacity(fifoControl);
        triggerLevel = UartRegisters.triggerLevel(fifoControl);
    }

    int room() {
        return capacity - characters.size();
    }

    int size() {
        return characters.size();
    }

    void accept(int character, int characterErrors) {
        received++;
        if (characters.size() == capacity) {
            overruns++;
            lineErrors |= LSR_OVERRUN;
            if (fifoMode()) {
                return;
            }
            characters.clear();
            errors.clear();
        }
        characters.add(character);
        errors.add(characterErrors);
        revealOldest();
    }

    /** A character from the line that finds the receiver's input disconnected. */
    void discard() {
        received++;
        discarded++;
    }

    /** The oldest character, or zero if there is none. */
    int read() {
        if (characters.size() == 0) {
            return 0;
        }
        int character = characters.remove();
        errors.remove();
        revealOldest();
        timeoutPending = false;
        return character;
    }

    private void revealOldest() {
        lineErrors |= errors.peek();
        errors.zeroOldest();
    }

    /** The bits of the line status register that this half is responsible for. */
    int lineStatus() {
        int status = lineErrors;
        if (characters.size() != 0) {
            status |= LSR_DATA_READY;
        }
        if (fifoMode() && ((lineErrors & LSR_CHARACTER_ERRORS) != 0 || errors.anyNotZero())) {
            status |= LSR_ERROR_IN_FIFO;
        }
        return status;
    }

    int lineErrors() {
        return lineErrors;
    }

    void clearLineErrors() {
        lineErrors = 0;
    }

    boolean triggerReached() {
        return characters.size() >= triggerLevel;
    }

    boolean timeoutPending() {
        return timeoutPending;
    }

    boolean awaitsTimeout() {
        return fifoMode() && characters.size() != 0 && !timeoutPending;
    }

    void timeout() {
        timeoutPending |= awaitsTimeout();
    }

    /** Empties the FIFO. The errors of its characters go with them; that an overrun occurred stays true. */
    void clear() {
        discarded += characters.size();
        characters.clear();
        errors.clear();
        lineErrors &= LSR_OVERRUN;
        timeoutPending = false;
    }

    private boolean fifoMode() {
        return capacity > 1;
    }

    long received() {
        return received;
    }

    long overruns() {
        return overruns;
    }

    long discarded() {
        return discarded;
    }

    Uart16550State.Receiver state() {
        return new Uart16550State.Receiver(lineErrors, timeoutPending, characters.toList(), errors.toList());
    }

    int flags() {
        return timeoutPending ? UartStateLayout.FLAG_TIMEOUT_PENDING : 0;
    }

    void save(MemorySegment segment) {
        UartStateLayout.writeByte(segment, UartStateLayout.LINE_ERRORS_OFFSET, lineErrors);
        UartStateLayout.writeByte(segment, UartStateLayout.RECEIVED_SIZE_OFFSET, characters.size());
        UartStateLayout.writeFifo(segment, UartStateLayout.RECEIVED_OFFSET, characters);
        UartStateLayout.writeFifo(segment, UartStateLayout.RECEIVED_ERRORS_OFFSET, errors);
    }

    void restore(Uart16550State.Receiver state) {
        lineErrors = state.lineErrors();
        timeoutPending = state.timeoutPending();
        characters.fill(state.characters());
        errors.fill(state.errors());
    }
}
