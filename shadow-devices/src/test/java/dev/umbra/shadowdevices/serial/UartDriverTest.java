// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static dev.umbra.shadowdevices.serial.UartRegisters.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.shadowdevices.PortDevice;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The port under a guest's driver. */
class UartDriverTest extends UartTest {
    private static final int MEBIBYTE = 1 << 20;
    private static final int MAXIMUM_STEPS = 16 * MEBIBYTE;

    private final InterruptDrivenDriver driver = new InterruptDrivenDriver(uart);
    private final Random random = new Random(16550);

    @Test
    void probe_findsA16550A() {
        assertThat(driver.probe()).isEqualTo(InterruptDrivenDriver.Type.UART_16550A);
        assertThat(line.taken()).isEmpty();
        assertThat(interrupt.risingEdges()).isZero();
    }

    @Test
    void loopbackFifoSize_is16() {
        assertThat(driver.loopbackFifoSize()).isEqualTo(16);
    }

    @Test
    void start_findsNoFault() {
        driver.probe();

        assertThat(driver.start()).isEmpty();
    }

    @Test
    void transfer_mebibyteEachWay_arrivesExactly() {
        byte[] output = randomBytes();
        byte[] input = randomBytes();
        driver.probe();
        driver.start();
        driver.send(output);

        int inputAt = 0;
        for (int step = 0; step < MAXIMUM_STEPS && line.takenCount() + driver.receivedCount() < 2 * MEBIBYTE; step++) {
            inputAt = deliverSome(uart, input, inputAt);
            transmitSome(uart, line);
            serveInterrupt();
        }

        assertThat(line.taken()).isEqualTo(output);
        assertThat(driver.received()).isEqualTo(input);
        assertThat(driver.sendingDone()).isTrue();
        assertThat(driver.overruns()).isZero();
    }

    @Test
    void transfer_restoredIntoANewDeviceNowAndThen_arrivesExactly() {
        byte[] output = randomBytes();
        byte[] input = randomBytes();
        RestartingPort port = new RestartingPort();
        InterruptDrivenDriver guest = new InterruptDrivenDriver(port);
        guest.probe();
        guest.start();
        guest.send(output);

        int inputAt = 0;
        for (int step = 0;
                step < MAXIMUM_STEPS && port.line.takenCount() + guest.receivedCount() < 2 * MEBIBYTE;
                step++) {
            inputAt = deliverSome(port.device, input, inputAt);
            transmitSome(port.device, port.line);
            if (random.nextInt(8) == 0) {
                port.restart();
            }
            if (port.interrupt.asserted()) {
                guest.interrupt();
            }
        }

        assertThat(port.line.taken()).isEqualTo(output);
        assertThat(guest.received()).isEqualTo(input);
        port.device.invariant();
    }

    @Test
    void receiveBreak_reachesTheDriverInItsPlace() {
        driver.start();

        uart.receive('a');
        uart.receiveBreak();
        uart.receive('b');
        uart.receiveTimeout();
        serveInterrupt();

        assertThat(driver.received()).containsExactly('a', 'b');
        assertThat(driver.breaks()).isEqualTo(1);
    }

    /** One character per interrupt, acknowledged by the write alone, on an edge-triggered line. */
    @Test
    void transmitInInterrupt_withoutReadingIdentification_getsEveryEdge() {
        uart.write(MCR, MCR_OUT2);
        uart.write(IER_DLM, IER_TRANSMITTER_HOLDING_EMPTY);

        int sent = 0;
        while (sent < 1000 && interrupt.takeEdge()) {
            line.takeOnly(sent % 2);
            uart.write(RBR_THR_DLL, sent++);
            line.takeAll();
            uart.transmitterReady();
        }

        assertThat(line.takenCount()).isEqualTo(1000);
    }

    private int deliverSome(Uart16550 device, byte[] input, int from) {
        int at = from;
        int room = Math.min(device.receiveRoom(), input.length - at);
        for (int count = random.nextInt(room + 1); count > 0; count--) {
            device.receive(input[at++] & 0xff);
        }
        if (device.awaitsReceiveTimeout() && random.nextInt(4) == 0) {
            device.receiveTimeout();
        }
        return at;
    }

    private void transmitSome(Uart16550 device, FakeTransmitter farEnd) {
        if (random.nextInt(4) == 0) {
            farEnd.takeOnly(random.nextInt(40));
            device.transmitterReady();
        }
    }

    private void serveInterrupt() {
        if (interrupt.takeEdge() && interrupt.asserted()) {
            assertThat(driver.interrupt())
                    .as("an interrupt with something pending")
                    .isTrue();
        }
    }

    private byte[] randomBytes() {
        byte[] bytes = new byte[MEBIBYTE];
        random.nextBytes(bytes);
        return bytes;
    }

    /** The same registers and the same far end over one device after another, each restored from the saved state of the last. */
    private static final class RestartingPort implements PortDevice {
        private final FakeTransmitter line = new FakeTransmitter();
        private final MemorySegment saved = MemorySegment.ofArray(new byte[Uart16550State.SIZE]);
        private FakeInterruptLine interrupt = new FakeInterruptLine();
        private Uart16550 device = new Uart16550(interrupt, line);

        void restart() {
            device.save(saved);
            interrupt = new FakeInterruptLine();
            device = new Uart16550(interrupt, line);
            device.restore(Uart16550State.decode(saved));
        }

        @Override
        public int read(int register) {
            return device.read(register);
        }

        @Override
        public void write(int register, int value) {
            device.write(register, value);
        }

        @Override
        public int pureRead(int register) {
            return device.pureRead(register);
        }
    }
}
