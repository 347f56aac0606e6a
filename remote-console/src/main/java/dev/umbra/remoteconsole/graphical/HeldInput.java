// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

import java.util.BitSet;

/** Keys and buttons a session holds down, to be released when it cannot do so itself any more. With the console's lock held. */
final class HeldInput {
    static final int KEY_NUMBERS = 256;

    private final BitSet keys = new BitSet(KEY_NUMBERS);
    private int x;
    private int y;
    private int width;
    private int height;
    private int buttons;

    void key(int keyNumber, boolean pressed) {
        keys.set(keyNumber, pressed);
    }

    void pointer(int newX, int newY, int newWidth, int newHeight, int buttonMask) {
        x = newX;
        y = newY;
        width = newWidth;
        height = newHeight;
        buttons = buttonMask;
    }

    void release(GraphicalInput input) {
        for (int key = keys.nextSetBit(0); key >= 0; key = keys.nextSetBit(key + 1)) {
            input.key(key, false);
        }
        keys.clear();
        if (buttons != 0) {
            buttons = 0;
            input.pointer(x, y, width, height, 0);
        }
    }
}
