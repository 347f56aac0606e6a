// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static dev.umbra.shadowdevices.serial.UartRegisters.*;

import dev.umbra.shadowdevices.InterruptLine;
import dev.umbra.shadowdevices.PortDevice;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A 16550A serial port as the PC16550D data sheet describes it, wired as on a PC.
 *
 * <p><b>Why a pure model.</b> Registers go in and out, a line goes up and down, characters are offered and received. There is no
 * thread, clock or buffer beyond the chip's own, so the device can be saved between any two accesses, replayed, fuzzed, and run
 * at the speed of a method call. The caller has the clock: it says when four character times have passed without traffic
 * ({@link #receiveTimeout}), and it asks for {@link #receiveRoom} before it delivers, since a real line would not.
 *
 * <p><b>Where time is missing.</b> A character is transmitted within the write that brings it, unless the far end refuses it; then
 * it waits in the chip until {@link #transmitterReady}, and the guest sees a transmitter that is busy. Bits that tell of a busy
 * transmitter are thus bits of back-pressure. Baud rate, word length and parity are kept and shown but do not change what is sent:
 * the far end is a byte stream.
 *
 * <p><b>The transmitter's interrupt.</b> Writing a character clears it and sending sets it again. On silicon these are apart and
 * the line falls in between, which an edge-triggered interrupt controller needs in order to see the next interrupt. Here they are
 * one moment. A driver that reads the interrupt identification register has had its falling edge from that read, so the line stays
 * up while it fills the FIFO. One that never reads it, which the data sheet allows ("Interrupt Control Functions": reset by
 * "reading the IIR (if source of interrupt) or writing into the THR"), gets a falling and a rising edge from each write.
 *
 * <p><b>What breaks it.</b> Calling back from the interrupt line or the transmitter; several threads; delivering without room,
 * which is an overrun that the guest sees and the counters show. Not the guest: any register and value is borne.
 */
public final class Uart16550 implements PortDevice {
    /** Divisor after power-on, 9600 baud on a PC. The chip leaves it undefined, and drivers divide by it. */
    private static final int POWER_ON_DIVISOR = 12;

    private static final int BYTE_MASK = 0xff;
    private static final int NO_SUCH_REGISTER = 0xff;
    private static final int IMPURE = -1;

    private final InterruptLine interruptLine;
    private final SerialTransmitter line;
    private final UartReceiver receiver = new UartReceiver();
    private final UartTransmitter transmitter;
    private final ModemLines modem = new ModemLines();

    private int interruptEnable;
    private int fifoControl;
    private int lineControl;
    private int modemControl;
    private int scratch;
    private int divisor = POWER_ON_DIVISOR;

    private boolean interruptAsserted;
    private boolean breakAsserted;
    private int modemOutputs;
    private long invalidAccesses;

    /** A port after power-on, with nothing on its modem inputs. */
    public Uart16550(InterruptLine interruptLine, SerialTransmitter line) {
        this.interruptLine = Objects.requireNonNull(interruptLine);
        this.line = Objects.requireNonNull(line);
        transmitter = new UartTransmitter(line);
        masterReset();
    }

    /**
     * Resets the port as the pin MR does ("UART Reset Configuration"). Divisor, scratch register and modem inputs stay; what waits
     * in the FIFOs is lost and counted.
     */
    public void masterReset() {
        interruptEnable = 0;
        fifoControl = 0;
        lineControl = 0;
        modemControl = 0;
        modem.clearDeltas();
        receiver.configure(fifoControl);
        receiver.clear();
        receiver.clearLineErrors();
        transmitter.configure(fifoControl);
        transmitter.reset();
        updateOutputs();
        updateInterrupt();
    }

    @Override
    public int read(int register) {
        return switch (register) {
            case RBR_THR_DLL -> divisorLatchAccess() ? divisor & BYTE_MASK : readReceiverBuffer();
            case IER_DLM -> divisorLatchAccess() ? divisor >> Byte.SIZE : interruptEnable;
            case IIR_FCR -> readInterruptIdentification();
            case LCR -> lineControl;
            case MCR -> modemControl;
            case LSR -> readLineStatus();
            case MSR -> readModemStatus();
            case SCR -> scratch;
            default -> {
                invalidAccesses++;
                yield NO_SUCH_REGISTER;
            }
        };
    }

    @Override
    public int pureRead(int register) {
        return switch (register) {
            case RBR_THR_DLL -> {
                if (divisorLatchAccess()) {
                    yield divisor & BYTE_MASK;
                }
                yield receiver.size() == 0 ? 0 : IMPURE;
            }
            case IER_DLM -> divisorLatchAccess() ? divisor >> Byte.SIZE : interruptEnable;
            case IIR_FCR -> {
                int identification = interruptIdentification();
                yield identification == IIR_TRANSMITTER_HOLDING_EMPTY ? IMPURE : identification | fifoIndication();
            }
            case LCR -> lineControl;
            case MCR -> modemControl;
            case LSR -> receiver.lineErrors() == 0 ? lineStatus() : IMPURE;
            case MSR -> modem.deltas() == 0 ? modem.status(modemControl) : IMPURE;
            case SCR -> scratch;
            default -> IMPURE;
        };
    }

    @Override
    public void write(int register, int value) {
        int written = value & BYTE_MASK;
        switch (register) {
            case RBR_THR_DLL -> {
                if (divisorLatchAccess()) {
                    divisor = divisor & ~BYTE_MASK | written;
                } else {
                    writeTransmitterHolding(written);
                }
            }
            case IER_DLM -> {
                if (divisorLatchAccess()) {
                    divisor = divisor & BYTE_MASK | written << Byte.SIZE;
                } else {
                    writeInterruptEnable(written & IER_MASK);
                }
            }
            case IIR_FCR -> writeFifoControl(written);
            case LCR -> {
                lineControl = written;
                updateOutputs();
            }
            case MCR -> writeModemControl(written & MCR_MASK);
            case SCR -> scratch = written;
            default -> invalidAccesses++;
        }
    }

    private int readReceiverBuffer() {
        int character = receiver.read();
        updateInterrupt();
        return character;
    }

    private int readInterruptIdentification() {
        int identification = interruptIdentification();
        if (identification == IIR_TRANSMITTER_HOLDING_EMPTY) {
            transmitter.acknowledge();
            updateInterrupt();
        }
        return identification | fifoIndication();
    }

    private int readLineStatus() {
        int status = lineStatus();
        if (receiver.lineErrors() != 0) {
            receiver.clearLineErrors();
            updateInterrupt();
        }
        return status;
    }

    private int readModemStatus() {
        int status = modem.status(modemControl);
        modem.clearDeltas();
        updateInterrupt();
        return status;
    }

    private void writeTransmitterHolding(int character) {
        transmitter.accept(character);
        if (!transmitter.acknowledgedByRead()) {
            updateInterrupt();
        }
        if (!transmitter.blocked()) {
            transmitter.drain(loopbackReceiver());
        }
        updateInterrupt();
    }

    private void writeInterruptEnable(int value) {
        int switchedOn = value & ~interruptEnable;
        interruptEnable = value;
        if ((switchedOn & IER_TRANSMITTER_HOLDING_EMPTY) != 0) {
            transmitter.interruptEnabled();
        }
        updateInterrupt();
    }

    private void writeFifoControl(int value) {
        boolean enable = (value & FCR_ENABLE) != 0;
        boolean modeChanged = enable != fifosEnabled();
        // "FIFO Control Register": bit 0 must be set when the others are written, or they are not programmed.
        fifoControl = enable ? value & FCR_KEPT : 0;
        receiver.configure(fifoControl);
        transmitter.configure(fifoControl);
        if (modeChanged || enable && (value & FCR_RESET_RECEIVER) != 0) {
            receiver.clear();
        }
        if (modeChanged) {
            transmitter.modeChanged();
        } else if (enable && (value & FCR_RESET_TRANSMITTER) != 0) {
            transmitter.clear();
        }
        updateInterrupt();
    }

    private void writeModemControl(int value) {
        int before = modemControl;
        modemControl = value;
        modem.controlChanged(before, value);
        updateOutputs();
        if (loopback()) {
            transmitter.drain(receiver);
        }
        updateInterrupt();
    }

    /** Characters that can be received now without loss. None in loopback, which disconnects the line. */
    public int receiveRoom() {
        return loopback() ? 0 : receiver.room();
    }

    /**
     * A character has arrived.
     *
     * @param character 0 to 255
     */
    public void receive(int character) {
        receive(character, 0);
    }

    /**
     * A character has arrived with its parity bit or stop bit wrong.
     *
     * @param character 0 to 255, as far as it could be made out
     */
    public void receiveDamaged(int character, boolean parityError, boolean framingError) {
        receive(character, (parityError ? LSR_PARITY_ERROR : 0) | (framingError ? LSR_FRAMING_ERROR : 0));
    }

    /**
     * The line was held in the spacing state for longer than a character: one zero character with the break bit, its missing stop
     * bit, and the parity error of a zero parity bit where the guest expects a one.
     */
    public void receiveBreak() {
        boolean parityBitOne = (lineControl & (LCR_PARITY_ENABLE | LCR_EVEN_PARITY)) == LCR_PARITY_ENABLE;
        receive(0, LSR_BREAK_INTERRUPT | LSR_FRAMING_ERROR | (parityBitOne ? LSR_PARITY_ERROR : 0));
    }

    private void receive(int character, int errors) {
        if ((character & ~BYTE_MASK) != 0) {
            throw new IllegalArgumentException("A character is 0 to 255");
        }
        if (loopback()) {
            receiver.discard();
            return;
        }
        receiver.accept(character, errors);
        updateInterrupt();
    }

    /**
     * Whether the chip's time-out counter is running: {@link #receiveTimeout} has an effect when four character times pass without
     * a character received or read.
     */
    public boolean awaitsReceiveTimeout() {
        return receiver.awaitsTimeout();
    }

    /** Four character times have passed without a character received or read. No effect unless the FIFO holds one. */
    public void receiveTimeout() {
        receiver.timeout();
        updateInterrupt();
    }

    /** The far end may take characters again: offers it those that are held. */
    public void transmitterReady() {
        transmitter.drain(loopbackReceiver());
        updateInterrupt();
    }

    /** Written characters that the far end has not taken yet, at most 17. */
    public int heldCharacters() {
        return transmitter.heldCharacters();
    }

    /** The modem inputs are now as given; true is the active state. */
    public void modemStatus(boolean clearToSend, boolean dataSetReady, boolean ringIndicator, boolean carrierDetect) {
        int inputs = (clearToSend ? MSR_CLEAR_TO_SEND : 0)
                | (dataSetReady ? MSR_DATA_SET_READY : 0)
                | (ringIndicator ? MSR_RING : 0)
                | (carrierDetect ? MSR_CARRIER_DETECT : 0);
        modem.inputsChanged(inputs, modemControl);
        updateInterrupt();
    }

    /** The level of the interrupt line, as last given to it. */
    public boolean interruptAsserted() {
        return interruptAsserted;
    }

    /** What has been handled so far. */
    public UartCounters counters() {
        return new UartCounters(
                receiver.received(),
                transmitter.transmitted(),
                transmitter.loopedBack(),
                receiver.overruns(),
                receiver.discarded(),
                transmitter.overruns(),
                transmitter.discarded(),
                invalidAccesses);
    }

    /** The state as a value. */
    public Uart16550State state() {
        return new Uart16550State(
                interruptEnable,
                fifoControl,
                lineControl,
                modemControl,
                scratch,
                divisor,
                modem.inputs() | modem.deltas(),
                receiver.state(),
                transmitter.state());
    }

    /**
     * Writes the state to the first {@link Uart16550State#SIZE} bytes, as {@link Uart16550State#encode} would. Allocates nothing.
     *
     * @throws IndexOutOfBoundsException if the segment is shorter; what it then holds is undefined
     */
    public void save(MemorySegment segment) {
        UartStateLayout.writeHeader(segment);
        UartStateLayout.writeByte(segment, UartStateLayout.INTERRUPT_ENABLE_OFFSET, interruptEnable);
        UartStateLayout.writeByte(segment, UartStateLayout.FIFO_CONTROL_OFFSET, fifoControl);
        UartStateLayout.writeByte(segment, UartStateLayout.LINE_CONTROL_OFFSET, lineControl);
        UartStateLayout.writeByte(segment, UartStateLayout.MODEM_CONTROL_OFFSET, modemControl);
        UartStateLayout.writeByte(segment, UartStateLayout.SCRATCH_OFFSET, scratch);
        UartStateLayout.writeByte(segment, UartStateLayout.MODEM_STATUS_OFFSET, modem.inputs() | modem.deltas());
        UartStateLayout.writeByte(segment, UartStateLayout.FLAGS_OFFSET, receiver.flags() | transmitter.flags());
        UartStateLayout.writeShort(segment, UartStateLayout.DIVISOR_OFFSET, divisor);
        receiver.save(segment);
        transmitter.save(segment);
    }

    /**
     * Goes on from the given state, whatever the device did before. The interrupt line and the transmitter hear of outputs that
     * differ from what they were last told; held characters are offered on the next {@link #transmitterReady}.
     */
    public void restore(Uart16550State state) {
        interruptEnable = state.interruptEnable();
        fifoControl = state.fifoControl();
        lineControl = state.lineControl();
        modemControl = state.modemControl();
        scratch = state.scratch();
        divisor = state.divisor();
        modem.restore(state.modemStatus());
        receiver.configure(fifoControl);
        receiver.restore(state.receiver());
        transmitter.configure(fifoControl);
        transmitter.restore(state.transmitter());
        updateOutputs();
        updateInterrupt();
    }

    /** Fails if the device is in a state that no sequence of events leads to. */
    void invariant() {
        // The constructors of the state check how fields go together.
        Uart16550State state = state();
        check(interruptAsserted == interruptDue(), "interrupt line differs from the interrupt identification");
        check(breakAsserted == breakDue(), "break output differs from the line control register");
        check(modemOutputs == modemOutputsDue(), "modem outputs differ from the modem control register");
        check(lineStatus() <= BYTE_MASK && modem.status(modemControl) <= BYTE_MASK, "register wider than eight bits");
        check(state.equals(state()), "taking the state changed it");
    }

    private static void check(boolean condition, String violation) {
        if (!condition) {
            throw new IllegalStateException(violation);
        }
    }

    private int lineStatus() {
        return receiver.lineStatus() | transmitter.lineStatus();
    }

    /** The pending interrupt of highest priority ("Interrupt Control Functions"). */
    private int interruptIdentification() {
        int enabled = interruptEnable;
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

    /** On a PC the output OUT2 enables the interrupt; like all outputs it is inactive in loopback. */
    private boolean interruptDue() {
        return (modemControl & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2 && interruptIdentification() != IIR_NONE;
    }

    private void updateInterrupt() {
        boolean due = interruptDue();
        if (due != interruptAsserted) {
            interruptAsserted = due;
            interruptLine.set(due);
        }
    }

    private boolean breakDue() {
        return (lineControl & LCR_SET_BREAK) != 0 && !loopback();
    }

    private int modemOutputsDue() {
        return loopback() ? 0 : modemControl & (MCR_DATA_TERMINAL_READY | MCR_REQUEST_TO_SEND);
    }

    private void updateOutputs() {
        boolean breakNow = breakDue();
        if (breakNow != breakAsserted) {
            breakAsserted = breakNow;
            line.breakControl(breakNow);
        }
        int outputsNow = modemOutputsDue();
        if (outputsNow != modemOutputs) {
            modemOutputs = outputsNow;
            line.modemControl((outputsNow & MCR_DATA_TERMINAL_READY) != 0, (outputsNow & MCR_REQUEST_TO_SEND) != 0);
        }
    }

    private int fifoIndication() {
        return fifosEnabled() ? IIR_FIFOS_ENABLED : 0;
    }

    private boolean fifosEnabled() {
        return (fifoControl & FCR_ENABLE) != 0;
    }

    private boolean divisorLatchAccess() {
        return (lineControl & LCR_DLAB) != 0;
    }

    private boolean loopback() {
        return (modemControl & MCR_LOOP) != 0;
    }

    private UartReceiver loopbackReceiver() {
        return loopback() ? receiver : null;
    }
}
