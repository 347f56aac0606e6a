// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static dev.umbra.shadowdevices.serial.UartRegisters.FCR_ENABLE;
import static dev.umbra.shadowdevices.serial.UartRegisters.FCR_KEPT;
import static dev.umbra.shadowdevices.serial.UartRegisters.IER_MASK;
import static dev.umbra.shadowdevices.serial.UartRegisters.LSR_CHARACTER_ERRORS;
import static dev.umbra.shadowdevices.serial.UartRegisters.LSR_ERRORS;
import static dev.umbra.shadowdevices.serial.UartRegisters.MCR_LOOP;
import static dev.umbra.shadowdevices.serial.UartRegisters.MCR_MASK;

import dev.umbra.shadowdevices.DeviceStateException;
import dev.umbra.shadowdevices.DeviceStateException.Reason;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalInt;

/**
 * Everything that decides how a {@link Uart16550} goes on from here: two devices with equal states behave alike.
 *
 * <p>It describes the chip, not the class that models it: registers, FIFOs, and the latches of the data sheet that no register
 * shows. What follows from these (line status, interrupt identification, the interrupt line) is not part of it. The constructors
 * refuse what a 16550A cannot be, so that a state, wherever it comes from, is safe to restore.
 *
 * @param interruptEnable the register, bits 0 to 3
 * @param fifoControl bits 0 (FIFOs on), 3 and 6 to 7 as last written; zero with the FIFOs off
 * @param lineControl the register
 * @param modemControl the register, bits 0 to 4
 * @param scratch the register
 * @param divisor the divisor latch, 16 bits
 * @param modemStatus bits 0 to 3 the deltas, bits 4 to 7 the input lines, which loopback hides but does not change
 */
public record Uart16550State(
        int interruptEnable,
        int fifoControl,
        int lineControl,
        int modemControl,
        int scratch,
        int divisor,
        int modemStatus,
        Receiver receiver,
        Transmitter transmitter) {

    /** Bytes of an encoded state. A multiple of eight. */
    public static final int SIZE = UartStateLayout.SIZE;

    /**
     * The receive half.
     *
     * @param lineErrors bits 1 to 4 of the line status register
     * @param timeoutPending a character time-out has been noticed and nothing read since
     * @param characters oldest first
     * @param errors bits 2 to 4 as they will show in the line status register, for each character; zero for the oldest, whose
     *     errors are in {@code lineErrors} already
     */
    public record Receiver(int lineErrors, boolean timeoutPending, List<Integer> characters, List<Integer> errors) {
        public Receiver {
            requireBits("line errors", lineErrors, LSR_ERRORS);
            characters = requireCharacters("receive FIFO", characters, 0xff);
            errors = requireCharacters("receive FIFO errors", errors, LSR_CHARACTER_ERRORS);
            require(errors.size() == characters.size(), "one error entry for each received character");
            require(errors.isEmpty() || errors.getFirst() == 0, "errors of the oldest character already shown");
            require(!timeoutPending || !characters.isEmpty(), "time-out with an empty receive FIFO");
        }

        /** Without the characters, which are what a tenant types. */
        @Override
        public String toString() {
            return "Receiver[lineErrors=" + lineErrors + ", timeoutPending=" + timeoutPending + ", characters="
                    + characters.size() + "]";
        }
    }

    /**
     * The transmit half.
     *
     * @param holdingEmpty bit 5 of the line status register
     * @param interruptPending the transmitter holding register has become empty and nobody has acknowledged it
     * @param immediate the FIFO will report empty without the delay that a lone character causes
     * @param acknowledgedByRead the driver has acknowledged this interrupt by reading the interrupt identification register since
     *     it enabled it
     * @param shiftRegister the character that the far end has refused
     * @param characters oldest first
     */
    public record Transmitter(
            boolean holdingEmpty,
            boolean interruptPending,
            boolean immediate,
            boolean acknowledgedByRead,
            OptionalInt shiftRegister,
            List<Integer> characters) {
        public Transmitter {
            characters = requireCharacters("transmit FIFO", characters, 0xff);
            shiftRegister.ifPresent(character -> requireBits("transmit shift register", character, 0xff));
            require(shiftRegister.isPresent() || characters.isEmpty(), "characters waiting for nothing");
            require(!holdingEmpty || characters.isEmpty(), "empty transmit FIFO with characters");
            require(holdingEmpty || shiftRegister.isPresent(), "transmit FIFO not empty without characters");
            require(!interruptPending || holdingEmpty, "empty interrupt with a transmit FIFO that is not");
        }

        /** Without the characters, which are what a tenant's screen shows. */
        @Override
        public String toString() {
            return "Transmitter[holdingEmpty=" + holdingEmpty + ", interruptPending=" + interruptPending
                    + ", immediate="
                    + immediate + ", acknowledgedByRead=" + acknowledgedByRead + ", characters=" + characters.size()
                    + ", shifting=" + shiftRegister.isPresent() + "]";
        }
    }

    public Uart16550State {
        requireBits("interrupt enable register", interruptEnable, IER_MASK);
        requireBits("FIFO control register", fifoControl, FCR_KEPT);
        requireBits("line control register", lineControl, 0xff);
        requireBits("modem control register", modemControl, MCR_MASK);
        requireBits("scratch register", scratch, 0xff);
        requireBits("divisor latch", divisor, 0xffff);
        requireBits("modem status register", modemStatus, 0xff);

        boolean fifosEnabled = (fifoControl & FCR_ENABLE) != 0;
        boolean loopback = (modemControl & MCR_LOOP) != 0;
        int capacity = UartRegisters.capacity(fifoControl);
        require(fifosEnabled || fifoControl == 0, "FIFO settings with the FIFOs off");
        require(receiver.characters().size() <= capacity, "more received characters than the mode holds");
        require(transmitter.characters().size() <= capacity, "more characters to transmit than the mode holds");
        require(fifosEnabled || !receiver.timeoutPending(), "character time-out with the FIFOs off");
        require(fifosEnabled || !transmitter.immediate(), "FIFO empty indication with the FIFOs off");
        require(
                fifosEnabled
                        || transmitter.holdingEmpty()
                                == transmitter.characters().isEmpty(),
                "holding register state that contradicts its content");
        require(!loopback || transmitter.shiftRegister().isEmpty(), "refused character during loopback");
    }

    /**
     * Reads an encoded state and checks every field of it.
     *
     * @param segment bytes of any origin, at least {@link #SIZE}; what follows is ignored
     * @throws DeviceStateException if it is not the state of a 16550A
     */
    public static Uart16550State decode(MemorySegment segment) {
        return UartStateLayout.read(segment);
    }

    /**
     * Writes the state to the first {@link #SIZE} bytes, as {@link Uart16550#save} does.
     *
     * @throws IndexOutOfBoundsException if the segment is shorter
     */
    public void encode(MemorySegment segment) {
        Uart16550 uart = new Uart16550(asserted -> {}, DisconnectedTransmitter.INSTANCE);
        uart.restore(this);
        uart.save(segment);
    }

    private static void requireBits(String field, int value, int allowed) {
        if ((value & ~allowed) != 0) {
            throw new DeviceStateException(Reason.OUT_OF_RANGE, field);
        }
    }

    private static List<Integer> requireCharacters(String field, List<Integer> characters, int allowed) {
        if (characters.size() > CharacterFifo.CAPACITY) {
            throw new DeviceStateException(Reason.OUT_OF_RANGE, field);
        }
        characters.forEach(character -> requireBits(field, character, allowed));
        return List.copyOf(characters);
    }

    private static void require(boolean condition, String contradiction) {
        if (!condition) {
            throw new DeviceStateException(Reason.CONTRADICTION, contradiction);
        }
    }
}
