// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A zlib stream (RFC 1950 and 1951) that lives as long as its client; the client's inflater keeps the dictionary. One thread at a time.
 *
 * <p>A compressor of its own since a general one does not know pixels: it looks for repetitions at each byte, though two in three are
 * in the middle of a pixel, and so takes most of the time of an encoder. This one is told how many bytes belong together; repetitions of
 * pixels begin and end between pixels, and are looked for where a pixel was seen last. Bytes of other kinds are few by then, and may
 * be looked for at several places. Where nothing repeats, as in photographs, nothing is looked for; there, short blocks gain as much,
 * for the colours of a small area are alike and get short codes.
 *
 * <p>Positions are counted from the start of the stream and may overflow: they are only subtracted. What breaks it: a repetition that
 * is taken without comparing its bytes, since the tables are never cleared.
 */
public final class ZlibStream {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int HEADER = 0x7801;
    private static final int WINDOW = 32 << 10;
    private static final int CAPACITY = 2 * WINDOW;
    private static final int HASH_BITS = 14;

    /** Farther away, a repetition of three bytes takes no less than the bytes. */
    private static final int SHORTEST_NEAR = 4096;

    /** Symbols of a block of pixels. */
    private static final int PIXELS_BLOCK = 3072;

    /** From this level on, what follows a repetition is tried before it is taken. */
    private static final int PATIENT_LEVEL = 3;

    private static final int PATIENCE = 8;

    /** Places in a repetition that are entered at lower levels. */
    private static final int ENTERED = 4;

    /** From this level on, pixels are treated like other bytes. */
    private static final int THOROUGH_LEVEL = 7;

    private final byte[] window = new byte[CAPACITY + Long.BYTES];
    private final int[] latest = new int[1 << HASH_BITS];
    private final char[] earlier = new char[WINDOW];
    private int base = CAPACITY;
    private int end;
    private boolean begun;

    /** Compresses so that the client can decompress all of it now. As {@link #add} and {@link #finish}. */
    void compress(byte[] plain, int length, int unit, int level, DeflateBlock block, ByteSink out) {
        block.clear();
        add(plain, length, unit, level, block, out);
        finish(block, out);
    }

    /**
     * Compresses a part. Some of it may stay in the block for now.
     *
     * @param unit bytes that belong together: those of a pixel, or 1
     * @param level of effort, 0 to 9; at 0, repetitions are not looked for
     * @param block empty for the first part, then with what the last one has left
     */
    void add(byte[] plain, int length, int unit, int level, DeflateBlock block, ByteSink out) {
        if (!begun) {
            begun = true;
            out.putShort(HEADER);
        }
        for (int from = 0; from < length; ) {
            if (CAPACITY - end < unit) {
                slide();
            }
            int part = Math.min(length - from, (CAPACITY - end) / unit * unit);
            System.arraycopy(plain, from, window, end, part);
            from += part;
            int start = end;
            end += part;
            if (level == 0) {
                addLiterals(start, block, out);
            } else if (unit == 1 || level >= THOROUGH_LEVEL) {
                addBytes(start, level, block, out);
            } else {
                addUnits(start, unit, block, out);
            }
        }
    }

    /** Writes what is left in the block, up to a byte from which the client can decompress all. */
    void finish(DeflateBlock block, ByteSink out) {
        block.write(out);
        block.align(out);
    }

    private void slide() {
        int distance = end - WINDOW;
        System.arraycopy(window, distance, window, 0, WINDOW);
        base += distance;
        end = WINDOW;
    }

    private void addBytes(int start, int level, DeflateBlock block, ByteSink out) {
        int depth = 1 << level - 1;
        int patience = level < PATIENT_LEVEL ? 0 : PATIENCE * level;
        int entered = level < PATIENT_LEVEL ? ENTERED : DeflateBlock.LONGEST;
        int at = start;
        while (at < end) {
            if (block.size() > DeflateBlock.CAPACITY - DeflateBlock.LONGEST) {
                block.write(out);
            }
            int found = find(at, depth, DeflateBlock.SHORTEST - 1);
            int known = at + 1;
            while (found != 0 && DeflateBlock.length(found) < patience && known < end) {
                int better = find(known++, depth, DeflateBlock.length(found));
                if (better == 0) {
                    break;
                }
                block.literal(window[at++]);
                found = better;
            }
            if (found == 0) {
                block.literal(window[at++]);
                continue;
            }
            block.repeat(found);
            at += DeflateBlock.length(found);
            for (int last = Math.min(at, known + entered); known < last; known++) {
                remember(known);
            }
        }
    }

    /** The longest repetition here that is longer than {@code least}, or 0; remembers the place. */
    private int find(int at, int depth, int least) {
        int most = Math.min(DeflateBlock.LONGEST, end - at);
        int distance = remember(at);
        int length = least;
        int best = 0;
        for (int left = depth; left > 0 && isNear(distance) && length < most; left--) {
            int from = at - distance;
            if (window[from + length] == window[at + length]) {
                int alike = alike(from, at, most);
                if (alike > length && (alike > DeflateBlock.SHORTEST || distance <= SHORTEST_NEAR)) {
                    length = alike;
                    best = distance;
                }
            }
            distance += earlier[base + at - distance & WINDOW - 1];
        }
        return best == 0 ? 0 : DeflateBlock.repetition(length, best);
    }

    /** Enters a place in the tables; the distance to the one that was there. */
    private int remember(int at) {
        int here = base + at;
        int hash = hash((int) INT.get(window, at));
        int distance = here - latest[hash];
        latest[hash] = here;
        earlier[here & WINDOW - 1] = (char) (isNear(distance) ? distance : WINDOW + 1);
        return distance;
    }

    private void addUnits(int start, int unit, DeflateBlock block, ByteSink out) {
        int at = start;
        while (at < end) {
            if (block.size() > PIXELS_BLOCK) {
                block.write(out);
            }
            int here = base + at;
            int bytes = (int) INT.get(window, at);
            int hash = hash(bytes);
            int distance = here - latest[hash];
            latest[hash] = here;
            int next = Math.min(at + unit, end);
            if (isNear(distance) && ((int) INT.get(window, at - distance) ^ bytes) << Byte.SIZE == 0) {
                int length = alike(at - distance, at, Math.min(DeflateBlock.LONGEST, end - at));
                length -= length % unit;
                if (length >= DeflateBlock.SHORTEST) {
                    block.repeat(DeflateBlock.repetition(length, distance));
                    for (at += length; next < at; next += unit) {
                        latest[hash((int) INT.get(window, next))] = base + next;
                    }
                    continue;
                }
            }
            while (at < next) {
                block.literal(window[at++]);
            }
        }
    }

    private void addLiterals(int start, DeflateBlock block, ByteSink out) {
        for (int at = start; at < end; at += PIXELS_BLOCK) {
            block.writeLiterals(window, at, Math.min(end, at + PIXELS_BLOCK), out);
        }
    }

    private int alike(int from, int at, int most) {
        int length = 0;
        while (length < most) {
            long different = (long) LONG.get(window, from + length) ^ (long) LONG.get(window, at + length);
            if (different != 0) {
                return Math.min(most, length + (Long.numberOfTrailingZeros(different) >>> 3));
            }
            length += Long.BYTES;
        }
        return most;
    }

    private static boolean isNear(int distance) {
        return distance > 0 && distance <= WINDOW;
    }

    private static int hash(int bytes) {
        return (bytes << Byte.SIZE) * 0x9e3779b1 >>> Integer.SIZE - HASH_BITS;
    }
}
