// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import java.lang.foreign.MemorySegment;

/**
 * How far a mouse has moved since it last said so: the movement counters of a PS/2 mouse, with sign and overflow bits.
 *
 * <p>A counter has nine bits. Movement beyond is taken in several packets as long as these find room ({@link #any} after a packet
 * says that there is more); what is then still too much for a counter is cut off, and the overflow bit tells of it. The vertical
 * counter grows upwards.
 */
final class Movement {
    /** Largest value of a counter in use; its negative is the smallest. */
    static final int LIMIT = 255;
    /** Largest value of the wheel's counter: four bits in the Explorer's packets. */
    static final int WHEEL_LIMIT = 7;
    /** More than any screen is wide. Keeps sums small. */
    static final int INPUT_LIMIT = 0x7fff;

    private static final int ALWAYS = 0x08;
    private static final int NEGATIVE_X = 0x10;
    private static final int NEGATIVE_Y = 0x20;
    private static final int OVERFLOW_X = 0x40;
    private static final int OVERFLOW_Y = 0x80;
    private static final int WHEEL_MASK = 0x0f;
    private static final int MORE_BUTTONS_SHIFT = 1;

    private static final int[] SCALED = {0, 1, 1, 3, 6, 9};

    private int x;
    private int y;
    private int wheel;
    private boolean overflowX;
    private boolean overflowY;
    private long cutOff;

    /** The mouse has moved; vertically, upwards counts. */
    void add(int right, int up, int down) {
        x += Math.clamp(right, -INPUT_LIMIT, INPUT_LIMIT);
        y += Math.clamp(up, -INPUT_LIMIT, INPUT_LIMIT);
        wheel += Math.clamp(down, -INPUT_LIMIT, INPUT_LIMIT);
    }

    /** Whether there is anything to tell. */
    boolean any() {
        return (x | y | wheel) != 0 || overflowX || overflowY;
    }

    /** The wheel of a mouse that has none does not turn. */
    void withoutWheel() {
        wheel = 0;
    }

    /** Cuts off what the counters do not hold. */
    void limit() {
        overflowX |= Math.abs(x) > LIMIT;
        overflowY |= Math.abs(y) > LIMIT;
        if (Math.abs(x) > LIMIT || Math.abs(y) > LIMIT || Math.abs(wheel) > LIMIT) {
            cutOff++;
        }
        x = Math.clamp(x, -LIMIT, LIMIT);
        y = Math.clamp(y, -LIMIT, LIMIT);
        wheel = Math.clamp(wheel, -LIMIT, LIMIT);
    }

    void clear() {
        x = 0;
        y = 0;
        wheel = 0;
        overflowX = false;
        overflowY = false;
    }

    /**
     * Takes a packet out of the counters, its first byte lowest.
     *
     * @param identifier of the mouse, which says what the fourth byte is
     * @param scaled whether movement is scaled 2:1
     */
    int take(int identifier, int buttons, boolean scaled) {
        int limit = scaled ? LIMIT / 2 : LIMIT;
        int stepX = Math.clamp(x, -limit, limit);
        int stepY = Math.clamp(y, -limit, limit);
        int stepWheel = Math.clamp(wheel, -WHEEL_LIMIT, WHEEL_LIMIT);
        x -= stepX;
        y -= stepY;
        wheel -= stepWheel;
        int packet =
                packet(identifier, buttons, scaled ? scale(stepX) : stepX, scaled ? scale(stepY) : stepY, stepWheel);
        packet |= (overflowX ? OVERFLOW_X : 0) | (overflowY ? OVERFLOW_Y : 0);
        overflowX = false;
        overflowY = false;
        return packet;
    }

    private static int packet(int identifier, int buttons, int right, int up, int down) {
        int fourth = switch (identifier) {
            case Mouse.EXPLORER -> down & WHEEL_MASK | (buttons & PointerButtons.MORE) << MORE_BUTTONS_SHIFT;
            case Mouse.INTELLIMOUSE -> down & 0xff;
            default -> 0;
        };
        int first =
                ALWAYS | buttons & PointerButtons.STANDARD | (right < 0 ? NEGATIVE_X : 0) | (up < 0 ? NEGATIVE_Y : 0);
        return first | (right & 0xff) << 8 | (up & 0xff) << 16 | fourth << 24;
    }

    private static int scale(int step) {
        int size = Math.abs(step);
        int scaled = size < SCALED.length ? SCALED[size] : 2 * size;
        return step < 0 ? -scaled : scaled;
    }

    /** Whether a number can be a packet of the given mouse. */
    static boolean isPacket(int packet, int identifier) {
        int fourth = packet >>> 24;
        boolean fits = switch (identifier) {
            case Mouse.EXPLORER -> (fourth & 0xc0) == 0;
            case Mouse.INTELLIMOUSE -> Math.abs((byte) fourth) <= WHEEL_LIMIT;
            default -> fourth == 0;
        };
        return fits && (packet & ALWAYS) != 0;
    }

    long cutOff() {
        return cutOff;
    }

    I8042State.Counters state() {
        return new I8042State.Counters(x, y, wheel, overflowX, overflowY);
    }

    int flags() {
        return (overflowX ? I8042StateLayout.FLAG_OVERFLOW_X : 0) | (overflowY ? I8042StateLayout.FLAG_OVERFLOW_Y : 0);
    }

    void save(MemorySegment segment) {
        I8042StateLayout.writeShort(segment, I8042StateLayout.MOVEMENT_X_OFFSET, x);
        I8042StateLayout.writeShort(segment, I8042StateLayout.MOVEMENT_Y_OFFSET, y);
        I8042StateLayout.writeShort(segment, I8042StateLayout.WHEEL_OFFSET, wheel);
    }

    void restore(I8042State.Counters state) {
        x = state.x();
        y = state.y();
        wheel = state.wheel();
        overflowX = state.overflowX();
        overflowY = state.overflowY();
    }
}
