// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.graphical.Area;
import dev.umbra.remoteconsole.graphical.Frame;
import dev.umbra.remoteconsole.graphical.GraphicalSession;
import dev.umbra.remoteconsole.graphical.GraphicalViewer;
import dev.umbra.remoteconsole.graphical.Move;
import dev.umbra.remoteconsole.rfb.encoding.ByteSink;
import dev.umbra.remoteconsole.rfb.encoding.EncodingScratch;
import dev.umbra.remoteconsole.rfb.encoding.Encodings;
import dev.umbra.remoteconsole.rfb.encoding.RectangleEncoder;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Everything a session sends after the handshake, from one thread of its own: a slow client makes this thread wait and nobody else.
 *
 * <p>An update is begun when the client wants one and the transport has room. Its pixels are copied, encoded and sent block by block;
 * between two blocks the thread waits until there is room again. Nothing is queued but what the transport holds, which is bounded by
 * its own mark plus one block. Pixels that change meanwhile are caught by the blocks still to come or by the next update.
 *
 * <p>Settings change between updates only, in the client's order with its fences: both are commands of one bounded queue. What breaks
 * it: a settings change applied from the receiving thread, in the middle of an update of the old format.
 */
final class RfbUpdater implements Runnable, GraphicalViewer {
    private static final int SHIPMENT = 32 << 10;
    private static final long TICK_NANOS = 500_000_000;

    private final RfbTransport transport;
    private final RfbSessionCounters counters;
    private final long stallNanos;
    private final long idleNanos;
    private final DesktopExtras extras;
    private final UpdateRequests requests = new UpdateRequests();
    private final OutputCommands commands = new OutputCommands();
    private final PixelEncoders encoders = new PixelEncoders();

    private volatile Thread thread;
    private volatile boolean stopped;
    private volatile int width;
    private volatile int height;
    private volatile long lastInput = System.nanoTime();

    private GraphicalSession session;
    private ClientSettings settings = ClientSettings.INITIAL;
    private RectangleEncoder encoder = encoders.encoder(settings);
    private int generation;
    private long writableSince = System.nanoTime();

    RfbUpdater(RfbTransport transport, RfbSessionConfig config, RfbSessionCounters counters, DesktopExtras extras) {
        this.transport = transport;
        this.counters = counters;
        this.extras = extras;
        stallNanos = config.stallTimeout().toNanos();
        idleNanos = config.idleTimeout().toNanos();
    }

    /** The picture to send; gives its first size. */
    Frame open(GraphicalSession newSession) {
        session = newSession;
        Frame frame = session.begin(new Area(0, 0, 0, 0));
        session.end();
        generation = frame.generation();
        width = frame.width();
        height = frame.height();
        return frame;
    }

    /** Begins to send. */
    void start(String name) {
        thread = Thread.ofVirtual().name("rfb-" + name).start(this);
    }

    // ------------------------------------------------------------------ any thread

    @Override
    public void wake() {
        LockSupport.unpark(thread);
    }

    void stop() {
        stopped = true;
        wake();
    }

    /** A key was pressed or the pointer moved. */
    void inputSeen() {
        lastInput = System.nanoTime();
    }

    UpdateRequests requests() {
        return requests;
    }

    OutputCommands commands() {
        return commands;
    }

    /** Size of the picture the client knows, in pixels. */
    int width() {
        return width;
    }

    int height() {
        return height;
    }

    // ------------------------------------------------------------------ commands, own thread

    ClientSettings settings() {
        return settings;
    }

    void apply(ClientSettings newSettings) {
        settings = newSettings;
        encoder = encoders.encoder(newSettings);
        session.followMoves(newSettings.has(Encodings.COPY_RECT));
    }

    void send(byte[] message) {
        transport.send(Unpooled.wrappedBuffer(message));
    }

    DesktopExtras extras() {
        return extras;
    }

    // ------------------------------------------------------------------ own thread

    @Override
    public void run() {
        try {
            while (!isOver()) {
                step();
            }
        } finally {
            session.close();
            transport.close();
        }
    }

    private boolean isOver() {
        return stopped || session.isEnded();
    }

    private void step() {
        if (!transport.isWritable()) {
            session.watch(false);
            awaitRoom();
            return;
        }
        writableSince = System.nanoTime();
        if (idleNanos > 0 && System.nanoTime() - lastInput > idleNanos) {
            counters.timeouts.increment();
            stopped = true;
            return;
        }
        Runnable command = commands.poll();
        if (command != null) {
            command.run();
            return;
        }
        UpdateRequests.Wanted wanted = requests.take();
        session.watch(wanted != null);
        if (wanted == null) {
            LockSupport.parkNanos(this, TICK_NANOS);
        } else if (!update(wanted)) {
            requests.giveBack(wanted);
            LockSupport.parkNanos(this, TICK_NANOS);
        }
    }

    private void awaitRoom() {
        LockSupport.parkNanos(this, TICK_NANOS);
        if (!transport.isWritable() && System.nanoTime() - writableSince > stallNanos) {
            counters.timeouts.increment();
            stopped = true;
        }
    }

    private boolean update(UpdateRequests.Wanted wanted) {
        if (wanted.refresh() != null) {
            session.refresh(wanted.refresh());
        }
        Frame frame = session.begin(wanted.area());
        try {
            extras.look(session, settings);
            if (frame.generation() != generation && settings.followsSize()) {
                resize(frame);
                return true;
            }
            if (frame.generation() != generation) {
                generation = frame.generation();
                session.followMoves(false);
            }
            List<Area> blocks = blocks(frame);
            int rectangles = extras.pending() + frame.moves().size() + blocks.size();
            if (rectangles == 0) {
                return false;
            }
            session.watch(false);
            send(frame, blocks, rectangles);
            return true;
        } finally {
            session.end();
        }
    }

    private void resize(Frame frame) {
        generation = frame.generation();
        width = frame.width();
        height = frame.height();
        ByteSink out = new ByteSink(64);
        UpdateWriter.begin(out, 1);
        if (settings.has(Encodings.EXTENDED_DESKTOP_SIZE)) {
            UpdateWriter.extendedDesktopSize(out, 0, 0, width, height);
        } else {
            UpdateWriter.desktopSize(out, width, height);
        }
        ship(out);
    }

    private List<Area> blocks(Frame frame) {
        Area known = new Area(0, 0, Math.min(width, frame.width()), Math.min(height, frame.height()));
        List<Area> blocks = new ArrayList<>();
        for (Area area : frame.areas()) {
            Area visible = area.intersection(known);
            int right = visible.x() + visible.width();
            int bottom = visible.y() + visible.height();
            for (int y = visible.y(); y < bottom; y += encoder.blockHeight()) {
                for (int x = visible.x(); x < right; x += encoder.blockWidth()) {
                    blocks.add(new Area(
                            x,
                            y,
                            Math.min(encoder.blockWidth(), right - x),
                            Math.min(encoder.blockHeight(), bottom - y)));
                }
            }
        }
        return blocks;
    }

    private void send(Frame frame, List<Area> blocks, int rectangles) {
        EncodingScratch scratch = ScratchPool.take();
        ByteSink out = scratch.output();
        out.clear();
        boolean marked = rectangles >= UpdateWriter.UNTIL_LAST;
        UpdateWriter.begin(out, marked ? UpdateWriter.UNTIL_LAST : rectangles);
        extras.write(out, settings, width, height);
        for (Move move : frame.moves()) {
            UpdateWriter.copy(out, move);
        }
        for (Area block : blocks) {
            session.capture(block, scratch.pixels(), frame.generation());
            UpdateWriter.rectangle(out, block, encoder.number());
            encoder.encode(scratch, block.width(), block.height(), out);
            counters.pixels.add(block.size());
            if (out.length() >= SHIPMENT) {
                ship(out);
                while (!transport.isWritable() && !isOver()) {
                    awaitRoom();
                }
                if (isOver()) {
                    return;
                }
                writableSince = System.nanoTime();
                Thread.yield();
            }
        }
        if (marked) {
            UpdateWriter.last(out);
        }
        counters.rectangles.add(rectangles);
        ship(out);
        counters.updates.increment();
        ScratchPool.giveBack(scratch);
    }

    private void ship(ByteSink out) {
        counters.bytes.add(out.length());
        transport.send(Unpooled.copiedBuffer(out.array(), 0, out.length()));
        out.clear();
    }
}
