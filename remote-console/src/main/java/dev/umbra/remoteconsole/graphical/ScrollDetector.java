// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

import dev.umbra.shadowdevices.display.Picture;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;

/**
 * Finds what has only moved up or down between two states of a picture, so that a text console that scrolls costs a few bytes
 * rather than a screenful.
 *
 * <p>Each row of pixels of each tile column has a keyed 64-bit hash. Bands of a few rows of the new picture that were unique in the old
 * one vote for the distance they moved (single rows would not do: the upright strokes of letters repeat from row to row); for the
 * distance with most votes, the largest rectangle of rows equal to the old ones so far away is the answer. Undamaged tiles may be part of it: what counts is that the pixels are those of the old picture at that distance.
 *
 * <p>What breaks it: a picture written to between two calls by somebody else than the one who gives the damage. Equal hashes of
 * different rows would show a viewer wrong pixels; the key is drawn anew for each detector, so that nobody can prepare such rows.
 */
final class ScrollDetector {
    private static final int LEAST_TILES = 6;
    private static final int VOTING_COLUMNS = 4;
    private static final int LEAST_VOTES = 4;
    private static final int BAND = 8;
    private static final long MULTIPLIER = 0x9e3779b97f4a7c15L;

    private final long key = new SplittableRandom().nextLong();
    private final int[] row = new int[Picture.TILE_WIDTH];
    private int generation = -1;
    private int columns;
    private int height;
    private long[] before = {};
    private long[] after = {};
    private int[] votes = {};
    private RowIndex index = new RowIndex(0);
    private int[] run = {};

    /**
     * Takes notice of the picture as it is now.
     *
     * @param damage tiles that changed since the last call
     * @return what moved, or null
     */
    Move follow(Picture picture, BitSet damage) {
        boolean another = picture.generation() != generation;
        if (another) {
            start(picture);
        }
        for (int tile = damage.nextSetBit(0); tile >= 0; tile = damage.nextSetBit(tile + 1)) {
            hash(picture, tile % columns, tile / columns);
        }
        Move move = another || damage.cardinality() < LEAST_TILES ? null : search(picture, damage);
        for (int tile = damage.nextSetBit(0); tile >= 0; tile = damage.nextSetBit(tile + 1)) {
            keep(tile % columns, tile / columns);
        }
        return move;
    }

    private void start(Picture picture) {
        generation = picture.generation();
        columns = picture.columns();
        height = picture.height();
        before = new long[columns * height];
        after = new long[columns * height];
        votes = new int[2 * height];
        index = new RowIndex(height);
        run = new int[columns + 1];
    }

    private void hash(Picture picture, int column, int tileRow) {
        int left = column * Picture.TILE_WIDTH;
        int pixels = Math.min(Picture.TILE_WIDTH, picture.width() - left);
        int top = tileRow * Picture.TILE_HEIGHT;
        int bottom = Math.min(height, top + Picture.TILE_HEIGHT);
        Arrays.fill(row, 0);
        for (int y = top; y < bottom; y++) {
            long offset = ((long) y * picture.width() + left) * Picture.BYTES_PER_PIXEL;
            MemorySegment.copy(picture.pixels(), ValueLayout.JAVA_INT, offset, row, 0, pixels);
            long even = key;
            long odd = ~key;
            for (int x = 0; x < Picture.TILE_WIDTH; x += 4) {
                even = Long.rotateLeft((even ^ ((long) row[x] << 32 | row[x + 1])) * MULTIPLIER, 29);
                odd = Long.rotateLeft((odd ^ ((long) row[x + 2] << 32 | row[x + 3])) * MULTIPLIER, 31);
            }
            after[y * columns + column] = (even ^ odd * MULTIPLIER) * MULTIPLIER;
        }
    }

    private void keep(int column, int tileRow) {
        int bottom = Math.min(height, (tileRow + 1) * Picture.TILE_HEIGHT);
        for (int y = tileRow * Picture.TILE_HEIGHT; y < bottom; y++) {
            before[y * columns + column] = after[y * columns + column];
        }
    }

    private Move search(Picture picture, BitSet damage) {
        int distance = distance(damage);
        if (distance == 0) {
            return null;
        }
        Area grid = largest(distance);
        int covered = 0;
        for (int tile = damage.nextSetBit(0); tile >= 0; tile = damage.nextSetBit(tile + 1)) {
            if (covers(grid, tile % columns, tile / columns)) {
                covered++;
            }
        }
        if (covered < LEAST_TILES || covered * 3 < damage.cardinality()) {
            return null;
        }
        int left = grid.x() * Picture.TILE_WIDTH;
        int right = Math.min(picture.width(), (grid.x() + grid.width()) * Picture.TILE_WIDTH);
        return new Move(new Area(left, grid.y(), right - left, grid.height()), grid.y() + distance);
    }

    private boolean covers(Area grid, int column, int tileRow) {
        int bottom = Math.min(height, (tileRow + 1) * Picture.TILE_HEIGHT);
        return column >= grid.x()
                && column < grid.x() + grid.width()
                && tileRow * Picture.TILE_HEIGHT >= grid.y()
                && bottom <= grid.y() + grid.height();
    }

    /** How far the old row is below the new one, by vote; 0 when there is no clear vote. */
    private int distance(BitSet damage) {
        Arrays.fill(votes, 0);
        int voters = 0;
        for (int column = 0; column < columns && voters < VOTING_COLUMNS; column++) {
            if (isDamaged(damage, column)) {
                vote(column);
                voters++;
            }
        }
        int best = height;
        for (int candidate = 0; candidate < votes.length; candidate++) {
            if (votes[candidate] > votes[best]) {
                best = candidate;
            }
        }
        return votes[best] >= LEAST_VOTES ? best - height : 0;
    }

    private boolean isDamaged(BitSet damage, int column) {
        int tiles = 0;
        for (int tile = column; tile < damage.length(); tile += columns) {
            if (damage.get(tile)) {
                tiles++;
            }
        }
        return tiles >= 2;
    }

    private void vote(int column) {
        index.clear();
        for (int y = 0; y <= height - BAND; y++) {
            index.add(band(before, column, y), y);
        }
        for (int y = 0; y <= height - BAND; y++) {
            if (after[y * columns + column] != before[y * columns + column]) {
                int source = index.rowOf(band(after, column, y));
                if (source >= 0) {
                    votes[source - y + height]++;
                }
            }
        }
    }

    private long band(long[] hashes, int column, int top) {
        long hash = key;
        for (int y = top; y < top + BAND; y++) {
            hash = Long.rotateLeft((hash ^ hashes[y * columns + column]) * MULTIPLIER, 31);
        }
        return hash;
    }

    /** Largest rectangle, in tile columns and pixel rows, that equals the old picture that far below. */
    private Area largest(int distance) {
        int[] depth = new int[columns];
        int[] stack = run;
        Area best = new Area(0, 0, 0, 0);
        for (int y = Math.max(0, -distance); y < Math.min(height, height - distance); y++) {
            for (int column = 0; column < columns; column++) {
                depth[column] = after[y * columns + column] == before[(y + distance) * columns + column]
                        ? depth[column] + 1
                        : 0;
            }
            int top = 0;
            for (int column = 0; column <= columns; column++) {
                int here = column < columns ? depth[column] : 0;
                while (top > 0 && depth[stack[top - 1]] >= here) {
                    int deep = depth[stack[--top]];
                    int left = top == 0 ? 0 : stack[top - 1] + 1;
                    if (deep * (column - left) > best.size()) {
                        best = new Area(left, y - deep + 1, column - left, deep);
                    }
                }
                stack[top++] = column;
            }
        }
        return best;
    }
}
