// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.machine;

import dev.umbra.cloudhypervisor.DeviceHost;
import dev.umbra.remoteconsole.serial.SerialConsole;
import dev.umbra.remoteconsole.serial.SerialConsoleConfig;
import dev.umbra.remoteconsole.serial.SerialLine;
import dev.umbra.shadowdevices.serial.SerialTransmitter;
import dev.umbra.shadowdevices.serial.Uart16550;
import dev.umbra.shadowdevices.serial.Uart16550State;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The serial port of one tenant VM: a 16550A at COM1, wired to a serial console.
 *
 * <p>Both live on the loop thread of the host and are saved in one state, so that a character is either in the port or in
 * the console after a crash, never in both and never in neither. The console's threads reach the port only by tasks on
 * that loop.
 *
 * <p>The line has no baud rate. A character typed is in the receive FIFO as soon as there is room, and what follows a
 * burst shorter than the trigger level is not four character times of silence but the certainty that nothing is pending,
 * so the time-out interrupt comes at once.
 *
 * <p>What breaks it: a call of the port from the console's callbacks instead of from a task, since the port may just be
 * offering the console a character.
 */
final class SerialMachine {
    static final int COM1 = 0x3f8;
    static final int COM1_IRQ = 4;
    static final int REGISTERS = 8;
    static final int STATE_SIZE = alignToLong(Uart16550State.SIZE) + SerialConsole.STATE_SIZE;

    private static final int CONSOLE_STATE = alignToLong(Uart16550State.SIZE);
    /** How soon a task is offered again to a loop whose queue was full. */
    private static final Duration RETRY = Duration.ofMillis(10);

    private static final int UNCONNECTED = 0xff;
    /**
     * Registers a driver reads for every interrupt: line status, modem status, interrupt identification. Each read that
     * L0 answers by itself saves the tenant a round trip.
     */
    private static final int[] LATCHED = {COM1 + 5, COM1 + 6, COM1 + 2};

    private final Uart16550 uart;
    private final SerialConsole console;
    private final DeviceHost host;
    private final ScheduledExecutorService scheduler;
    private volatile boolean isClosed;

    SerialMachine(
            SerialConsoleConfig config, DeviceHost host, MemorySegment storage, ScheduledExecutorService scheduler) {
        this.host = host;
        this.scheduler = scheduler;
        console = new SerialConsole(config, storage, new Line(), scheduler);
        uart = new Uart16550(asserted -> host.interrupt(COM1_IRQ, asserted), new Transmitter());
        uart.modemStatus(true, true, false, true);
    }

    SerialConsole console() {
        return console;
    }

    Uart16550 uart() {
        return uart;
    }

    void write(int port, int size, int value) {
        for (int i = 0; i < size; i++) {
            int register = port + i - COM1;
            if (register >= 0 && register < REGISTERS) {
                uart.write(register, value >>> 8 * i & 0xff);
            }
        }
        receive();
    }

    int read(int port, int size) {
        int value = 0;
        for (int i = 0; i < size; i++) {
            int register = port + i - COM1;
            int octet = register >= 0 && register < REGISTERS ? uart.read(register) : UNCONNECTED;
            value |= octet << 8 * i;
        }
        receive();
        return value;
    }

    int pureRead(int port) {
        int register = port - COM1;
        return register >= 0 && register < REGISTERS ? uart.pureRead(register) : -1;
    }

    static int[] latchedPorts() {
        return LATCHED.clone();
    }

    /** Moves typed characters into the receive FIFO while it has room. */
    private void receive() {
        while (uart.receiveRoom() > 0) {
            int character = console.receive();
            if (character == SerialConsole.NONE) {
                break;
            }
            if (character == SerialConsole.BREAK) {
                uart.receiveBreak();
            } else {
                uart.receive(character);
            }
        }
        if (uart.awaitsReceiveTimeout() && console.pendingInput() == 0) {
            uart.receiveTimeout();
        }
    }

    /** As the reset line does; what was typed and not yet received stays with the console. */
    void reset() {
        uart.masterReset();
        receive();
    }

    void save(MemorySegment state) {
        uart.save(state.asSlice(0, Uart16550State.SIZE));
        console.save(state.asSlice(CONSOLE_STATE, SerialConsole.STATE_SIZE));
    }

    void restore(MemorySegment state) {
        Uart16550State saved = Uart16550State.decode(state.asSlice(0, Uart16550State.SIZE));
        console.restore(state.asSlice(CONSOLE_STATE, SerialConsole.STATE_SIZE));
        uart.restore(saved);
        host.interrupt(COM1_IRQ, uart.interruptAsserted());
        uart.transmitterReady();
        receive();
    }

    void committed() {
        console.publish();
    }

    void close() {
        isClosed = true;
        console.close();
    }

    private static int alignToLong(int size) {
        return (size + Long.BYTES - 1) & -Long.BYTES;
    }

    private final class Transmitter implements SerialTransmitter {
        @Override
        public boolean offer(int character) {
            return console.transmit(character);
        }

        @Override
        public void breakControl(boolean asserted) {
            // A terminal shows no break of the far end.
        }

        @Override
        public void modemControl(boolean dataTerminalReady, boolean requestToSend) {
            // The console is always ready; it holds characters back by not taking them.
        }
    }

    private final class Line implements SerialLine {
        @Override
        public void inputReady() {
            submit(SerialMachine.this::receive);
        }

        @Override
        public void outputReady() {
            submit(uart::transmitterReady);
        }

        private void submit(Runnable task) {
            try {
                host.execute(task);
            } catch (RejectedExecutionException closedOrFull) {
                if (!isClosed) {
                    scheduler.schedule(() -> submit(task), RETRY.toMillis(), TimeUnit.MILLISECONDS);
                }
            }
        }
    }
}
