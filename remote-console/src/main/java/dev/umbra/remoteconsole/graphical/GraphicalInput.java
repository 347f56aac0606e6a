// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

/**
 * The tenant's keyboard and pointer. Called from any thread, must return at once.
 *
 * <p>Key numbers are set 1 make codes 0x01 to 0x7f, plus 0x80 for keys with an E0 prefix; Pause is 0xc6, Print is 0xb7. They are those
 * of RFB's QEMU Extended Key Event.
 */
public interface GraphicalInput {
    /** A key goes down or up. One that is down and goes down again repeats. */
    void key(int keyNumber, boolean pressed);

    /**
     * The pointer is at a place of a picture of that size.
     *
     * @param buttonMask pressed buttons: bit 0 left, 1 middle, 2 right, 3 and 4 wheel up and down, 5 and 6 wheel left and right
     */
    void pointer(int x, int y, int width, int height, int buttonMask);

    /** Lights of the keyboard: bit 0 scroll lock, 1 num lock, 2 caps lock. */
    int leds();
}
