// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

import dev.umbra.shadowdevices.display.Picture;
import java.util.BitSet;
import java.util.Objects;

/**
 * One viewer of a console. What it has to be sent adds up while it is slow and is asked for when it is ready, so there is no queue.
 *
 * {@snippet :
 * session.watch(true);                      // the screen is looked at while somebody watches
 * Frame frame = session.begin(wanted);      // after viewer.wake()
 * for (Area area : frame.areas()) {
 *     session.capture(area, pixels);        // then encode and send
 * }
 * session.end();
 * }
 *
 * <p>{@link #watch} to {@link #end} belong to one thread, the rest to any.
 */
public final class GraphicalSession implements AutoCloseable {
    private final GraphicalConsole console;
    private final ScreenScanner scanner;
    private final GraphicalViewer viewer;
    private final String origin;
    private final boolean mayWrite;
    private final ViewerDamage damage = new ViewerDamage();
    private final HeldInput held = new HeldInput();
    private volatile boolean watching;
    private volatile boolean ended;
    private volatile String takenOverBy = "";
    private volatile Runnable observer = () -> {};

    GraphicalSession(
            GraphicalConsole console, ScreenScanner scanner, GraphicalAttachment attachment, GraphicalViewer viewer) {
        this.console = console;
        this.scanner = scanner;
        this.viewer = Objects.requireNonNull(viewer);
        origin = attachment.origin();
        mayWrite = attachment.mayWrite();
    }

    // ------------------------------------------------------------------ picture, one thread

    /** Whether changes are waited for. */
    public void watch(boolean wanted) {
        boolean before = watching;
        watching = wanted;
        if (wanted && !before) {
            scanner.wake();
        }
    }

    /** Whether the viewer can move pixels it has. */
    public void followMoves(boolean able) {
        scanner.read(picture -> {
            damage.followMoves(able);
            if (!able) {
                damage.forgetMoves(picture);
            }
            return null;
        });
    }

    /** Has an area sent as it is now, whatever the viewer has. */
    public void refresh(Area area) {
        scanner.lookAgain();
        scanner.read(picture -> {
            damage.add(picture, area);
            return null;
        });
    }

    /** What there is to send now, as far as it touches the wanted area. Always followed by {@link #end}. */
    public Frame begin(Area wanted) {
        return scanner.read(picture -> damage.begin(picture, wanted));
    }

    /**
     * Copies the pixels of an area, {@code 0x00RRGGBB}, row by row, and takes them as sent. Black where the picture has shrunk since.
     *
     * @param area part of an area of the frame, cut between tiles only
     */
    public void capture(Area area, int[] pixels, int generation) {
        scanner.read(picture -> {
            if (picture.generation() == generation) {
                ScreenScanner.copy(picture, area, pixels);
                damage.captured(picture, area);
            }
            return null;
        });
    }

    /** The frame has been sent, or given up. */
    public void end() {
        scanner.read(picture -> {
            damage.end();
            return null;
        });
    }

    // ------------------------------------------------------------------ input, any thread

    /**
     * Presses or releases a key.
     *
     * @param keyNumber as in {@link GraphicalInput#key}
     * @return whether it was passed on; only the writer's is
     */
    public boolean key(int keyNumber, boolean pressed) {
        return console.key(this, keyNumber, pressed);
    }

    /** Moves the pointer, likewise. See {@link GraphicalInput#pointer}. */
    public boolean pointer(int x, int y, int width, int height, int buttonMask) {
        return console.pointer(this, x, y, width, height, buttonMask);
    }

    /** Lights of the tenant's keyboard. See {@link GraphicalInput#leds}. */
    public int leds() {
        return console.leds();
    }

    /** Becomes the writer if the session may. The former writer is woken and becomes a viewer. */
    public boolean takeOver() {
        return mayWrite && !ended && console.takeOver(this);
    }

    public GraphicalRole role() {
        return console.isWriter(this) ? GraphicalRole.WRITER : GraphicalRole.VIEWER;
    }

    public boolean mayWrite() {
        return mayWrite;
    }

    public String origin() {
        return origin;
    }

    /** Has {@code observer} run when {@link #role} or {@link #leds} may be others, with locks held: it must only wake somebody. */
    public void observe(Runnable newObserver) {
        observer = Objects.requireNonNull(newObserver);
    }

    /** Origin of the session that took keyboard and pointer over from this one; empty when none did. */
    public String takenOverBy() {
        return takenOverBy;
    }

    /** Whether the session is over. */
    public boolean isEnded() {
        return ended;
    }

    /** Leaves the console. Keys and buttons it holds are released. */
    @Override
    public void close() {
        console.detach(this);
        finish();
    }

    // ------------------------------------------------------------------ for the console

    HeldInput held() {
        return held;
    }

    boolean isWatching() {
        return watching && !ended;
    }

    void changed(Picture picture, BitSet tiles, Move move) {
        damage.add(picture, tiles, move);
        viewer.wake();
    }

    void becomesWriter() {
        takenOverBy = "";
        wake();
    }

    void losesWriter(String by) {
        takenOverBy = by;
        wake();
    }

    void wake() {
        viewer.wake();
        observer.run();
    }

    void finish() {
        ended = true;
        viewer.wake();
    }
}
