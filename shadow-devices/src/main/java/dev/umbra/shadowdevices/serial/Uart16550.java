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

    private final UartReceiver receiver = new UartReceiver();
    private final UartTransmitter transmitter;
    private final UartModem modem;
    private final UartInterrupts interrupts;

    private int fifoControl;
    private int lineControl;
    private int scratch;
    private int divisor = POWER_ON_DIVISOR;

    private long invalidAccesses;

    /** A port after power-on, with nothing on its modem inputs. */
    public Uart16550(InterruptLine interruptLine, SerialTransmitter line) {
        Objects.requireNonNull(interruptLine);
        Objects.requireNonNull(line);
        transmitter = new UartTransmitter(line);
        modem = new UartModem(line);
        interrupts = new UartInterrupts(interruptLine, receiver, transmitter, modem);
        masterReset();
    }

    /**
     * Resets the port as the pin MR does ("UART Reset Configuration"). Divisor, scratch register and modem inputs stay; what waits
     * in the FIFOs is lost and counted.
     */
    public void masterReset() {
        interrupts.enable(0);
        fifoControl = 0;
        lineControl = 0;
        modem.reset();
        receiver.configure(fifoControl);
        receiver.clear();
        receiver.clearLineErrors();
        transmitter.configure(fifoControl);
        transmitter.reset();
        interrupts.update();
    }

    @Override
    public int read(int register) {
        int value = pureRead(register);
        return value != IMPURE ? value : readWithSideEffect(register);
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
            case IER_DLM -> divisorLatchAccess() ? divisor >> Byte.SIZE : interrupts.enabled();
            case IIR_FCR -> {
                int identification = interrupts.identification();
                yield identification == IIR_TRANSMITTER_HOLDING_EMPTY ? IMPURE : identification | fifoIndication();
            }
            case LCR -> lineControl;
            case MCR -> modem.control();
            case LSR -> receiver.lineErrors() == 0 ? lineStatus() : IMPURE;
            case MSR -> modem.deltas() == 0 ? modem.status() : IMPURE;
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
                    interrupts.enable(written & IER_MASK);
                    interrupts.update();
                }
            }
            case IIR_FCR -> writeFifoControl(written);
            case LCR -> {
                lineControl = written;
                modem.requestBreak((written & LCR_SET_BREAK) != 0);
            }
            case MCR -> writeModemControl(written & MCR_MASK);
            case SCR -> scratch = written;
            default -> invalidAccesses++;
        }
    }

    private int readWithSideEffect(int register) {
        int value = switch (register) {
            case RBR_THR_DLL -> receiver.read();
            case IIR_FCR -> {
                transmitter.acknowledge();
                yield IIR_TRANSMITTER_HOLDING_EMPTY | fifoIndication();
            }
            case LSR -> {
                int status = lineStatus();
                receiver.clearLineErrors();
                yield status;
            }
            case MSR -> {
                int status = modem.status();
                modem.clearDeltas();
                yield status;
            }
            default -> {
                invalidAccesses++;
                yield NO_SUCH_REGISTER;
            }
        };
        interrupts.update();
        return value;
    }

    private void writeTransmitterHolding(int character) {
        transmitter.accept(character);
        if (!transmitter.acknowledgedByRead()) {
            interrupts.update();
        }
        if (!transmitter.blocked()) {
            transmitter.drain(loopbackReceiver());
        }
        interrupts.update();
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
        interrupts.update();
    }

    private void writeModemControl(int value) {
        modem.writeControl(value);
        if (modem.loopback()) {
            transmitter.drain(receiver);
        }
        interrupts.update();
    }

    /** Characters that can be received now without loss. None in loopback, which disconnects the line. */
    public int receiveRoom() {
        return modem.loopback() ? 0 : receiver.room();
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
        if (modem.loopback()) {
            receiver.discard();
            return;
        }
        receiver.accept(character, errors);
        interrupts.update();
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
        interrupts.update();
    }

    /** The far end may take characters again: offers it those that are held. */
    public void transmitterReady() {
        transmitter.drain(loopbackReceiver());
        interrupts.update();
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
        modem.changeInputs(inputs);
        interrupts.update();
    }

    /** The level of the interrupt line, as last given to it. */
    public boolean interruptAsserted() {
        return interrupts.asserted();
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
                interrupts.enabled(),
                fifoControl,
                lineControl,
                modem.control(),
                scratch,
                divisor,
                modem.savedStatus(),
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
        UartStateLayout.writeByte(segment, UartStateLayout.INTERRUPT_ENABLE_OFFSET, interrupts.enabled());
        UartStateLayout.writeByte(segment, UartStateLayout.FIFO_CONTROL_OFFSET, fifoControl);
        UartStateLayout.writeByte(segment, UartStateLayout.LINE_CONTROL_OFFSET, lineControl);
        UartStateLayout.writeByte(segment, UartStateLayout.SCRATCH_OFFSET, scratch);
        UartStateLayout.writeByte(segment, UartStateLayout.FLAGS_OFFSET, receiver.flags() | transmitter.flags());
        UartStateLayout.writeShort(segment, UartStateLayout.DIVISOR_OFFSET, divisor);
        modem.save(segment);
        receiver.save(segment);
        transmitter.save(segment);
    }

    /**
     * Goes on from the given state, whatever the device did before. The interrupt line and the transmitter hear of outputs that
     * differ from what they were last told; held characters are offered on the next {@link #transmitterReady}.
     */
    public void restore(Uart16550State state) {
        interrupts.restore(state.interruptEnable());
        fifoControl = state.fifoControl();
        lineControl = state.lineControl();
        scratch = state.scratch();
        divisor = state.divisor();
        modem.restore(state.modemControl(), state.modemStatus(), (lineControl & LCR_SET_BREAK) != 0);
        receiver.configure(fifoControl);
        receiver.restore(state.receiver());
        transmitter.configure(fifoControl);
        transmitter.restore(state.transmitter());
        interrupts.update();
    }

    /** Fails if the device is in a state that no sequence of events leads to. */
    void invariant() {
        // The constructors of the state check how fields go together.
        Uart16550State state = state();
        check(interrupts.upToDate(), "interrupt line differs from the interrupt identification");
        check(modem.outputsCurrent(), "modem or break output differs from the control registers");
        check(lineStatus() <= BYTE_MASK && modem.status() <= BYTE_MASK, "register wider than eight bits");
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

    private int fifoIndication() {
        return fifosEnabled() ? IIR_FIFOS_ENABLED : 0;
    }

    private boolean fifosEnabled() {
        return (fifoControl & FCR_ENABLE) != 0;
    }

    private boolean divisorLatchAccess() {
        return (lineControl & LCR_DLAB) != 0;
    }

    private UartReceiver loopbackReceiver() {
        return modem.loopback() ? receiver : null;
    }
}
