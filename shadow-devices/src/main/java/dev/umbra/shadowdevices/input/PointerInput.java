// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import java.lang.foreign.MemorySegment;

/**
 * The way of the pointer to the tenant: by the register call if its driver has asked for that, else by the PS/2 mouse.
 *
 * <p>For a tenant that takes movement only, a position becomes the way from the one before. It is measured on a screen of 1024 by 768 counts from place to place, so that no rounding error accumulates. Until there
 * are two places there is no way.
 */
final class PointerInput {
    static final int UNKNOWN = -1;
    static final int MAXIMUM = 0xffff;

    private static final int WIDTH = 1024;
    private static final int HEIGHT = 768;

    private final Mouse mouse;
    private final VmwarePointer vmwarePointer;

    private int x = UNKNOWN;
    private int y = UNKNOWN;

    PointerInput(Mouse mouse, VmwarePointer vmwarePointer) {
        this.mouse = mouse;
        this.vmwarePointer = vmwarePointer;
    }

    void forget() {
        x = UNKNOWN;
        y = UNKNOWN;
    }

    /** The pointer was moved by so many counts. */
    void moveBy(int dx, int dy, int dz, int buttons) {
        int right = Math.clamp(dx, -Movement.INPUT_LIMIT, Movement.INPUT_LIMIT);
        int down = Math.clamp(dy, -Movement.INPUT_LIMIT, Movement.INPUT_LIMIT);
        int wheel = Math.clamp(dz, Byte.MIN_VALUE, Byte.MAX_VALUE);
        if (vmwarePointer.isActive()) {
            vmwarePointer.movedBy(right, -down, wheel, buttons);
            mouse.ring();
        } else {
            mouse.move(right, -down, wheel, buttons);
        }
    }

    /** The pointer was moved to a place. */
    void moveTo(int newX, int newY, int dz, int buttons) {
        int boundX = Math.clamp(newX, 0, MAXIMUM);
        int boundY = Math.clamp(newY, 0, MAXIMUM);
        int right = x == UNKNOWN ? 0 : counts(boundX, WIDTH) - counts(x, WIDTH);
        int down = y == UNKNOWN ? 0 : counts(boundY, HEIGHT) - counts(y, HEIGHT);
        x = boundX;
        y = boundY;
        if (vmwarePointer.isAbsolute()) {
            vmwarePointer.movedTo(x, y, Math.clamp(dz, Byte.MIN_VALUE, Byte.MAX_VALUE), buttons);
            mouse.ring();
        } else {
            moveBy(right, down, dz, buttons);
        }
    }

    private static int counts(int coordinate, int extent) {
        return coordinate * extent / (MAXIMUM + 1);
    }

    int x() {
        return x;
    }

    int y() {
        return y;
    }

    void save(MemorySegment segment) {
        I8042StateLayout.writeInt(segment, I8042StateLayout.POSITION_X_OFFSET, x);
        I8042StateLayout.writeInt(segment, I8042StateLayout.POSITION_Y_OFFSET, y);
    }

    void restore(int savedX, int savedY) {
        x = savedX;
        y = savedY;
    }
}
