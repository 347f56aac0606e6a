// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.FrameHeader;
import dev.umbra.ultracall.FrameWriter;
import dev.umbra.ultracall.Protocol;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reaches L0 through {@code /dev/umbra} on the host itself, by system calls through the foreign-function interface:
 * NIO cannot wait for a device node. One thread polls the device and an event file by which others wake it.
 *
 * <p>The device is message-like: a read gives whole frames and a write takes whole frames, though perhaps fewer than
 * offered. A frame cut in two by a read is therefore an error here, unlike in {@link RelayedStreamLink}.
 */
public final class DeviceFileLink implements HypervisorLink {
    private static final Logger LOG = LoggerFactory.getLogger(DeviceFileLink.class);
    private static final int BUFFER_SIZE = 256 << 10;
    private static final int READS_PER_BATCH = 4;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final Device device;
    private final LinkCounters counters = new LinkCounters();
    private final BackOff pauses = new BackOff(FIRST_PAUSE, LONGEST_PAUSE);
    private final WakeUp wakeUp = new WakeUp();
    private final LoopTasks tasks = new LoopTasks(wakeUp::signal, counters);
    private final PriorityQueue<Timer> timers = new PriorityQueue<>(Comparator.naturalOrder());
    private final Thread thread;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment inbound = arena.allocate(BUFFER_SIZE, 8);
    private final FrameWriter output = new FrameWriter(arena.allocate(BUFFER_SIZE, 8), this::makeRoom);
    private final MemorySegment capture = LinuxFile.capture(arena);
    private final PollSet pollSet = new PollSet(arena, capture);

    private LinkListener listener;
    private FrameDelivery delivery;
    private int file = -1;
    private long timerCount;
    private volatile boolean closed;

    /** @param path of the device node */
    public DeviceFileLink(Path path) throws IOException {
        this(() -> LinuxFile.open(path.toString()));
    }

    DeviceFileLink(Device device) throws IOException {
        this.device = device;
        this.thread = Thread.ofPlatform().name("hypervisor-link").daemon().unstarted(this::loop);
        wakeUp.open();
    }

    @Override
    public void start(LinkListener service) {
        listener = service;
        delivery = new FrameDelivery(service, counters);
        thread.start();
    }

    @Override
    public FrameWriter output() {
        return output;
    }

    @Override
    public void flush() {
        if (file < 0) {
            counters.framesDropped.add(output.frames());
            output.clear();
            return;
        }
        while (output.position() > 0) {
            long written = LinuxFile.write(file, output.buffer(), output.position(), capture);
            if (written == -LinuxFile.EAGAIN) {
                return;
            }
            if (written == -LinuxFile.EINTR) {
                continue;
            }
            if (written <= 0) {
                reconnect("write failed, error " + -written);
                return;
            }
            counters.bytesSent.add(written);
            if (written == output.position()) {
                output.clear();
            } else {
                output.discard(written);
            }
        }
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public void schedule(Duration delay, Runnable task) {
        long due = System.nanoTime() + delay.toNanos();
        if (onLoop()) {
            timers.add(new Timer(due, timerCount++, task));
        } else if (!closed) {
            execute(() -> timers.add(new Timer(due, timerCount++, task)));
        }
    }

    @Override
    public boolean onLoop() {
        return Thread.currentThread() == thread;
    }

    @Override
    public void reconnect(String reason) {
        if (file < 0) {
            return;
        }
        LinuxFile.close(file);
        file = -1;
        counters.failures.increment();
        LOG.info("device dropped: {}", reason);
        output.clear();
        listener.disconnected(reason);
        connectLater();
    }

    @Override
    public LinkStatistics statistics() {
        return counters.snapshot();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            tasks.close();
            wakeUp.signal();
            if (thread.getState() == Thread.State.NEW) {
                release();
            }
        }
        if (onLoop()) {
            return;
        }
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void loop() {
        try {
            connect();
            while (!closed) {
                boolean writing = file >= 0 && output.position() > 0;
                pollSet.await(file, writing, wakeUp.file(), untilNextTimer());
                wakeUp.clear();
                tasks.run();
                runTimers();
                if (writing) {
                    flush();
                }
                if (file >= 0 && pollSet.deviceReady()) {
                    receive();
                }
            }
            reconnect("closed");
        } finally {
            release();
        }
    }

    private void release() {
        wakeUp.close();
        arena.close();
    }

    private void connect() {
        if (closed) {
            return;
        }
        try {
            file = device.open();
        } catch (IOException e) {
            counters.failures.increment();
            LOG.debug("device not opened: {}", e.getMessage());
            connectLater();
            return;
        }
        counters.connections.increment();
        delivery.reset();
        output.clear();
        output.write(new Frame.Attach(FrameHeader.NONE, Protocol.LOWEST_MAJOR, Protocol.MAJOR));
        listener.connected();
        flush();
    }

    private void connectLater() {
        if (!closed) {
            schedule(pauses.next(), this::connect);
        }
    }

    private void receive() {
        boolean delivered = false;
        for (int reads = 0; reads < READS_PER_BATCH && file >= 0; reads++) {
            long count = LinuxFile.read(file, inbound, BUFFER_SIZE, capture);
            if (count == -LinuxFile.EAGAIN) {
                break;
            }
            if (count == -LinuxFile.EINTR) {
                continue;
            }
            if (count <= 0) {
                reconnect(count == 0 ? "end of file" : "read failed, error " + -count);
                return;
            }
            delivered = true;
            deliver(count);
        }
        if (delivered && file >= 0) {
            LoopTasks.runSafely(listener::batchComplete);
        }
    }

    private void deliver(long count) {
        counters.bytesReceived.add(count);
        int source = file;
        try {
            long consumed = delivery.deliver(inbound, count, () -> file == source);
            if (delivery.greeted()) {
                pauses.reset();
            }
            if (file == source && consumed != count) {
                counters.framesMalformed.increment();
                reconnect("a read ended within a frame");
            }
        } catch (ConnectionFailure e) {
            reconnect(e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("the link's listener failed", e);
            reconnect(e.getClass().getSimpleName());
        }
    }

    private void makeRoom() {
        flush();
        if (output.buffer().byteSize() - output.position() < Protocol.FRAME_MAXIMUM) {
            counters.overflows.increment();
            reconnect("L0 does not take what is sent");
        }
    }

    private int untilNextTimer() {
        Timer next = timers.peek();
        if (next == null) {
            return -1;
        }
        long nanoseconds = next.due - System.nanoTime();
        return nanoseconds <= 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, nanoseconds / 1_000_000 + 1);
    }

    private void runTimers() {
        long now = System.nanoTime();
        while (!timers.isEmpty() && timers.peek().due - now <= 0) {
            LoopTasks.runSafely(timers.poll().task);
        }
    }

    /** Opens the device; a test puts a socket in its place. */
    @FunctionalInterface
    interface Device {
        int open() throws IOException;
    }

    private record Timer(long due, long order, Runnable task) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            int byTime = Long.signum(due - other.due);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }
}
