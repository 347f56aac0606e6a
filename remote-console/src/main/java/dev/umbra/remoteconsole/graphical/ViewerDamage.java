// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

import dev.umbra.shadowdevices.display.Picture;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Which tiles one viewer does not have as they are, and which moves it has not been told of.
 *
 * <p>A tile's mark goes when its pixels are captured, not when the update that will carry them is begun: a change in between marks it
 * again. Moves are executed by the viewer on what it has; hence a target whose source was marked becomes marked itself, and no move
 * may be added while tiles are being captured, for some of those would reach the viewer before the move and some after it.
 *
 * <p>The scanner calls with the picture's lock held for writing, the session with the lock held for reading; so one thread at a time.
 */
final class ViewerDamage {
    private static final int MOVES_MAXIMUM = 8;

    private final List<Move> moves = new ArrayList<>();
    private BitSet tiles = new BitSet();
    private int generation = -1;
    private boolean capturing;
    private boolean followsMoves;

    boolean isEmpty() {
        return tiles.isEmpty() && moves.isEmpty();
    }

    void followMoves(boolean able) {
        followsMoves = able;
    }

    boolean followsMoves() {
        return followsMoves;
    }

    /** Adds what a look at the screen has found. */
    void add(Picture picture, BitSet changed, Move move) {
        if (picture.generation() != generation) {
            generation = picture.generation();
            tiles = new BitSet(picture.columns() * picture.rows());
            tiles.set(0, picture.columns() * picture.rows());
            moves.clear();
            return;
        }
        if (move == null || !followsMoves || capturing) {
            tiles.or(changed);
            return;
        }
        if (moves.size() == MOVES_MAXIMUM) {
            forgetMoves(picture);
        }
        follow(picture, changed, move);
    }

    private void follow(Picture picture, BitSet changed, Move move) {
        BitSet stale = (BitSet) tiles.clone();
        int columns = picture.columns();
        Area target = move.target();
        int distance = move.sourceY() - target.y();
        for (int tile = changed.nextSetBit(0); tile >= 0; tile = changed.nextSetBit(tile + 1)) {
            Area area = areaOf(picture, tile % columns, tile / columns);
            if (!area.intersection(target).equals(area)) {
                tiles.set(tile);
            } else {
                tiles.clear(tile);
            }
        }
        forEachTile(picture, target, (column, row) -> {
            Area part = areaOf(picture, column, row).intersection(target);
            Area source = new Area(part.x(), part.y() + distance, part.width(), part.height());
            if (anyMarked(picture, stale, source)) {
                tiles.set(row * columns + column);
            }
        });
        moves.add(move);
    }

    /** Marks all tiles of an area, for a viewer that wants them whatever it has. */
    void add(Picture picture, Area area) {
        Area inside = area.intersection(new Area(0, 0, picture.width(), picture.height()));
        if (!inside.isEmpty()) {
            forEachTile(picture, inside, (column, row) -> tiles.set(row * picture.columns() + column));
        }
    }

    /** Has the pixels sent that moves would have brought. */
    void forgetMoves(Picture picture) {
        for (Move move : moves) {
            add(picture, move.target());
        }
        moves.clear();
    }

    /** What there is to send inside the area; captures are to follow. */
    Frame begin(Picture picture, Area wanted) {
        Area all = new Area(0, 0, picture.width(), picture.height());
        if (!wanted.intersection(all).equals(all)) {
            forgetMoves(picture);
        }
        Frame frame =
                new Frame(picture.width(), picture.height(), generation, List.copyOf(moves), areas(picture, wanted));
        moves.clear();
        capturing = true;
        return frame;
    }

    void captured(Picture picture, Area area) {
        forEachTile(picture, area, (column, row) -> tiles.clear(row * picture.columns() + column));
    }

    void end() {
        capturing = false;
    }

    private List<Area> areas(Picture picture, Area wanted) {
        List<Area> areas = new ArrayList<>();
        List<Area> above = new ArrayList<>();
        for (int row = 0; row < picture.rows(); row++) {
            List<Area> here = new ArrayList<>();
            int first = row * picture.columns();
            int end = first + picture.columns();
            int tile = tiles.nextSetBit(first);
            while (tile >= 0 && tile < end) {
                int after = Math.min(tiles.nextClearBit(tile), end);
                Area left = areaOf(picture, tile - first, row);
                Area strip = left.union(areaOf(picture, after - 1 - first, row));
                if (!strip.intersection(wanted).isEmpty()) {
                    here.add(grown(strip, above));
                }
                tile = tiles.nextSetBit(after);
            }
            areas.addAll(above);
            above = here;
        }
        areas.addAll(above);
        return areas;
    }

    /** The strip together with the area that ends above it at the same columns, if there is one. */
    private static Area grown(Area strip, List<Area> above) {
        for (Area area : above) {
            if (area.x() == strip.x() && area.width() == strip.width()) {
                above.remove(area);
                return area.union(strip);
            }
        }
        return strip;
    }

    private static boolean anyMarked(Picture picture, BitSet marks, Area area) {
        boolean[] found = new boolean[1];
        forEachTile(picture, area, (column, row) -> found[0] |= marks.get(row * picture.columns() + column));
        return found[0];
    }

    private static Area areaOf(Picture picture, int column, int row) {
        int left = column * Picture.TILE_WIDTH;
        int top = row * Picture.TILE_HEIGHT;
        return new Area(
                left,
                top,
                Math.min(Picture.TILE_WIDTH, picture.width() - left),
                Math.min(Picture.TILE_HEIGHT, picture.height() - top));
    }

    private interface TileAction {
        void accept(int column, int row);
    }

    private static void forEachTile(Picture picture, Area area, TileAction action) {
        int lastColumn = (area.x() + area.width() - 1) / Picture.TILE_WIDTH;
        int lastRow = (area.y() + area.height() - 1) / Picture.TILE_HEIGHT;
        for (int row = area.y() / Picture.TILE_HEIGHT; row <= lastRow; row++) {
            for (int column = area.x() / Picture.TILE_WIDTH; column <= lastColumn; column++) {
                action.accept(column, row);
            }
        }
    }
}
