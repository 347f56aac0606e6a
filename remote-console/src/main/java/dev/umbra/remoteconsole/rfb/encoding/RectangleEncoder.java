// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

/** One way of sending rectangles of pixels, for one client. One thread at a time. */
public interface RectangleEncoder {
    /** Its number in the header of a rectangle. */
    int number();

    /** Width of a rectangle at most, a multiple of 64. */
    int blockWidth();

    /** Height of a rectangle at most, a multiple of 16. */
    int blockHeight();

    /** Writes what follows the header of a rectangle that shows the first {@code width * height} pixels of the scratch. */
    void encode(EncodingScratch scratch, int width, int height, ByteSink out);
}
