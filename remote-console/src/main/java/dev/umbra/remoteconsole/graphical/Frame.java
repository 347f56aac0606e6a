// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

import java.util.List;

/**
 * What a viewer has to be sent to be up to date, in this order.
 *
 * @param width of the picture, in pixels
 * @param height of the picture, in pixels
 * @param generation of the picture
 * @param moves of pixels the viewer has
 * @param areas of pixels the viewer does not have
 */
public record Frame(int width, int height, int generation, List<Move> moves, List<Area> areas) {
    public boolean isEmpty() {
        return moves.isEmpty() && areas.isEmpty();
    }
}
