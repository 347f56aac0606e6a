// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

/** A rectangle of pixels; {@code x} and {@code y} are its upper left corner. */
public record Area(int x, int y, int width, int height) {
    /** Smallest area that holds both. */
    public Area union(Area other) {
        int left = Math.min(x, other.x);
        int top = Math.min(y, other.y);
        return new Area(
                left,
                top,
                Math.max(x + width, other.x + other.width) - left,
                Math.max(y + height, other.y + other.height) - top);
    }

    /** The part of it inside the other, possibly empty. */
    public Area intersection(Area other) {
        int left = Math.max(x, other.x);
        int top = Math.max(y, other.y);
        int right = Math.min(x + width, other.x + other.width);
        int bottom = Math.min(y + height, other.y + other.height);
        return new Area(left, top, Math.max(0, right - left), Math.max(0, bottom - top));
    }

    public boolean isEmpty() {
        return width <= 0 || height <= 0;
    }

    /** Number of pixels. */
    public int size() {
        return width * height;
    }
}
