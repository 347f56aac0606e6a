// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wire to the helper in L1 that can raise a line on a tenant's own, unmodified hypervisor. The helper runs among
 * those who are not trusted: its lines are short or dropped, its numbers are checked, and what it says is only used to
 * choose whom to pulse, never who a VM is. It may also be dead, deaf or flooding; then pulses are dropped and counted
 * and the interrupt arrives at the tenant's next entry.
 *
 * <p>Reading and writing each have a virtual thread; what was heard goes to the {@link Listener} through the loop.
 */
final class PseudoDevice implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PseudoDevice.class);
    private static final int LINE_MAXIMUM = 128;
    private static final int TARGETS_MAXIMUM = 64;
    private static final int QUEUE = 64;
    private static final int IRQS = 16;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration REFRESH = Duration.ofSeconds(5);
    private static final Duration SILENCE = Duration.ofSeconds(20);

    private static final Pattern TARGET = Pattern.compile("target (\\d{1,2}) [\\x21-\\x7e]{1,100}");
    private static final Pattern ANSWER = Pattern.compile("(ok|error) (\\d{1,2}) (\\d{1,2})(?: [\\x20-\\x7e]*)?");

    private final Path socket;
    private final Listener listener;
    private final HostCounters counters;
    private final ArrayBlockingQueue<String> outbound = new ArrayBlockingQueue<>(QUEUE);
    private final List<Integer> listed = new ArrayList<>();
    private volatile boolean connected;
    private volatile boolean closed;
    private volatile SocketChannel channel;
    private volatile long lastHeard;

    PseudoDevice(Path socket, HostCounters counters, Listener listener) {
        this.socket = socket;
        this.counters = counters;
        this.listener = listener;
    }

    /** What the helper says; called on virtual threads. */
    interface Listener {
        /** The numbers of what can be pulsed now. */
        void targets(List<Integer> numbers);

        /** A pulse was answered. */
        void answered(int target, int irq, boolean done);
    }

    void start() {
        Thread.ofVirtual().name("pseudo-device").start(this::run);
    }

    /** Asks for a pulse; false if it cannot be sent now. */
    boolean pulse(int target, int irq) {
        return connected && outbound.offer("pulse " + target + " " + irq + "\n");
    }

    /** Asks for the targets, if the helper is there. */
    void refresh() {
        if (connected) {
            outbound.offer("targets\n");
        }
    }

    @Override
    public void close() {
        closed = true;
        disconnect();
    }

    private void run() {
        Duration pause = FIRST_PAUSE;
        while (!closed) {
            try (SocketChannel opened = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                channel = opened;
                outbound.clear();
                outbound.add("\ntargets\n");
                lastHeard = System.nanoTime();
                connected = true;
                Thread.ofVirtual().name("pseudo-device-writer").start(() -> write(opened));
                if (read(new BufferedInputStream(Channels.newInputStream(opened)))) {
                    pause = FIRST_PAUSE;
                }
            } catch (IOException e) {
                LOG.debug("pseudo device at {}: {}", socket, e.toString());
            }
            connected = false;
            listener.targets(List.of());
            if (!closed) {
                sleep(pause);
                Duration doubled = pause.multipliedBy(2);
                pause = doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
            }
        }
    }

    /** Asking for the targets now and then also tells a helper that is gone from one that has nothing to say. */
    private void write(SocketChannel opened) {
        try {
            while (channel == opened && opened.isOpen()) {
                String line = outbound.poll(REFRESH.toMillis(), TimeUnit.MILLISECONDS);
                if (System.nanoTime() - lastHeard > SILENCE.toNanos()) {
                    opened.close();
                    return;
                }
                ByteBuffer bytes = StandardCharsets.US_ASCII.encode(line == null ? "targets\n" : line);
                while (bytes.hasRemaining()) {
                    opened.write(bytes);
                }
            }
        } catch (IOException e) {
            disconnect();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns whether anything sensible was heard before the end. */
    private boolean read(InputStream input) throws IOException {
        boolean heard = false;
        StringBuilder line = new StringBuilder(LINE_MAXIMUM);
        boolean overlong = false;
        listed.clear();
        for (int octet = input.read(); octet >= 0; octet = input.read()) {
            if (octet != '\n') {
                overlong |= line.length() == LINE_MAXIMUM;
                if (!overlong) {
                    line.append((char) octet);
                }
                continue;
            }
            if (!overlong && understood(line.toString())) {
                heard = true;
                lastHeard = System.nanoTime();
            } else {
                counters.increment(HostCounter.HELPER_LINES_REFUSED);
            }
            line.setLength(0);
            overlong = false;
        }
        return heard;
    }

    private boolean understood(String line) {
        if (line.equals("end")) {
            listener.targets(List.copyOf(listed));
            listed.clear();
            return true;
        }
        Matcher target = TARGET.matcher(line);
        if (target.matches()) {
            int number = Integer.parseInt(target.group(1));
            if (number >= TARGETS_MAXIMUM || listed.size() >= TARGETS_MAXIMUM || listed.contains(number)) {
                return false;
            }
            listed.add(number);
            return true;
        }
        Matcher answer = ANSWER.matcher(line);
        if (!answer.matches()) {
            return false;
        }
        int number = Integer.parseInt(answer.group(2));
        int irq = Integer.parseInt(answer.group(3));
        if (number >= TARGETS_MAXIMUM || irq >= IRQS) {
            return false;
        }
        listener.answered(number, irq, answer.group(1).equals("ok"));
        return true;
    }

    private void disconnect() {
        SocketChannel open = channel;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                LOG.debug("pseudo device at {}: {}", socket, e.toString());
            }
        }
    }

    private static void sleep(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
