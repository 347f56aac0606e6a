// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A serial device with its event loop, its commits and its storage; sends what it is told to and keeps what it receives. */
public final class FakeDevice implements SerialLine, AutoCloseable {
    private static final int CHARACTERS_PER_COMMIT = 200;

    private final ExecutorService loop = Executors.newSingleThreadExecutor();
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private final MemorySegment state = Arena.ofShared().allocate(SerialConsole.STATE_SIZE, 8);
    private final SerialConsole console;

    private final Deque<byte[]> toSend = new ArrayDeque<>();
    private int sentOfFirst;
    private volatile boolean reading = true;
    private volatile boolean echoing;
    private volatile long sent;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final StringBuffer log = new StringBuffer();

    public FakeDevice(SerialConsoleConfig config) {
        MemorySegment storage = Arena.ofShared().allocate(config.storageSize(), 8);
        console = new SerialConsole(config, storage, this, scheduler);
    }

    public SerialConsole console() {
        return console;
    }

    /** The tenant writes these bytes, as fast as the console takes them. */
    public void send(byte[] bytes) {
        loop.execute(() -> {
            toSend.add(bytes);
            drain();
        });
    }

    /** Whether the tenant reads its input. */
    public void setReading(boolean value) {
        reading = value;
        loop.execute(this::receive);
    }

    /** Whether the tenant sends back what it receives. */
    public void setEchoing(boolean value) {
        echoing = value;
    }

    public synchronized byte[] received() {
        return received.toByteArray();
    }

    /** What was received, with breaks shown as {@code <BREAK>}. */
    public String log() {
        return log.toString();
    }

    public long sent() {
        return sent;
    }

    @Override
    public void inputReady() {
        loop.execute(this::receive);
    }

    @Override
    public void outputReady() {
        loop.execute(this::drain);
    }

    @Override
    public void close() {
        console.close();
        scheduler.shutdownNow();
        loop.shutdownNow();
    }

    /** Waits until the condition holds. */
    public static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited in vain for: " + what);
            }
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    private void drain() {
        int uncommitted = 0;
        boolean room = true;
        while (room && !toSend.isEmpty()) {
            byte[] first = toSend.peek();
            room = sentOfFirst == first.length || console.transmit(first[sentOfFirst] & 0xff);
            if (room && sentOfFirst < first.length) {
                sentOfFirst++;
                sent++;
            }
            if (sentOfFirst == first.length) {
                toSend.remove();
                sentOfFirst = 0;
            }
            if (++uncommitted % CHARACTERS_PER_COMMIT == 0) {
                commit();
            }
        }
        commit();
    }

    private void receive() {
        while (reading) {
            int next = console.receive();
            if (next == SerialConsole.NONE) {
                break;
            }
            keep(next);
            if (echoing) {
                toSend.add(new byte[] {(byte) next});
            }
        }
        drain();
    }

    private synchronized void keep(int next) {
        if (next == SerialConsole.BREAK) {
            log.append("<BREAK>");
        } else {
            received.write(next);
            log.append((char) next);
        }
    }

    private void commit() {
        console.save(state);
        console.publish();
    }
}
