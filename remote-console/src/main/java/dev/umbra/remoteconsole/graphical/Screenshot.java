// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

/**
 * A picture of a screen at one moment.
 *
 * @param width in pixels
 * @param height in pixels
 * @param pixels {@code 0x00RRGGBB}, row by row
 */
public record Screenshot(int width, int height, int[] pixels) {}
