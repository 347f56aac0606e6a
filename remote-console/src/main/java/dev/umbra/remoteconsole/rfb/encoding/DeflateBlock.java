// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A block of deflate (RFC 1951) in the making: literals and repetitions are collected and counted, then written with the codes that
 * suit them, or with those the format has fixed where these are shorter. Of no stream in particular.
 */
final class DeflateBlock {
    /** Bytes a repetition has at least and at most. */
    static final int SHORTEST = 3;

    static final int LONGEST = 258;

    /** Symbols a block has at most. */
    static final int CAPACITY = 16 << 10;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int LENGTH_SHIFT = 16;
    private static final int DISTANCE_MASK = 0xffff;
    private static final int END = 256;
    private static final int LENGTH_CODES = 29;
    private static final int SYMBOLS = END + 1 + LENGTH_CODES;
    private static final int DISTANCES = 30;
    private static final int NEAR = 256;
    private static final int FAR_SHIFT = 7;

    private static final int[] lengthCode = new int[LONGEST + 1];
    private static final int[] lengthBase = new int[LENGTH_CODES];
    private static final int[] lengthExtra = new int[LENGTH_CODES];
    private static final byte[] distanceCode = new byte[2 * NEAR];
    private static final int[] distanceBase = new int[DISTANCES];
    private static final int[] distanceExtra = new int[DISTANCES];
    private static final PrefixCode fixedSymbols;
    private static final PrefixCode fixedDistances;

    static {
        int length = SHORTEST;
        for (int code = 0; code < LENGTH_CODES - 1; code++) {
            lengthBase[code] = length;
            lengthExtra[code] = Math.max(0, code / 4 - 1);
            for (int left = 1 << lengthExtra[code]; left > 0 && length <= LONGEST; left--) {
                lengthCode[length++] = code;
            }
        }
        lengthBase[LENGTH_CODES - 1] = LONGEST;
        lengthCode[LONGEST] = LENGTH_CODES - 1;
        int distance = 0;
        for (int code = 0; code < DISTANCES; code++) {
            distanceBase[code] = distance;
            distanceExtra[code] = Math.max(0, code / 2 - 1);
            for (int left = 1 << distanceExtra[code]; left > 0; left--, distance++) {
                distanceCode[distance < NEAR ? distance : NEAR + (distance >>> FAR_SHIFT)] = (byte) code;
            }
        }
        int[] lengths = new int[SYMBOLS + 2];
        Arrays.fill(lengths, 0, 144, 8);
        Arrays.fill(lengths, 144, END, 9);
        Arrays.fill(lengths, END, 280, 7);
        Arrays.fill(lengths, 280, lengths.length, 8);
        fixedSymbols = PrefixCode.of(lengths);
        int[] fives = new int[DISTANCES];
        Arrays.fill(fives, 5);
        fixedDistances = PrefixCode.of(fives);
    }

    private final int[] tokens = new int[CAPACITY];
    private final int[] symbolCounts = new int[SYMBOLS];
    private final int[] distanceCounts = new int[DISTANCES];
    private final PrefixCode symbols = new PrefixCode(SYMBOLS, 15);
    private final PrefixCode distances = new PrefixCode(DISTANCES, 15);
    private final CodeLengths header = new CodeLengths();
    private int count;
    private long bits;
    private int bitCount;

    /** Forgets everything. */
    void clear() {
        empty();
        bits = 0;
        bitCount = 0;
    }

    /** Symbols collected so far. */
    int size() {
        return count;
    }

    void literal(byte value) {
        int symbol = value & 0xff;
        tokens[count++] = symbol;
        symbolCounts[symbol]++;
    }

    /** Bytes that were there before, told by {@link #repetition(int, int)}. */
    void repeat(int repetition) {
        tokens[count++] = repetition;
        symbolCounts[END + 1 + lengthCode[length(repetition)]]++;
        distanceCounts[distanceCode(repetition & DISTANCE_MASK)]++;
    }

    static int repetition(int length, int distance) {
        return length << LENGTH_SHIFT | distance - 1;
    }

    static int length(int repetition) {
        return repetition >>> LENGTH_SHIFT;
    }

    static int distance(int repetition) {
        return (repetition & DISTANCE_MASK) + 1;
    }

    /** Writes what was collected, if anything, and begins another block. */
    void write(ByteSink out) {
        if (count == 0) {
            return;
        }
        boolean fixed = begin(out);
        writeTokens(fixed ? fixedSymbols : symbols, fixed ? fixedDistances : distances, out);
        empty();
    }

    /** Writes what was collected, and then literals as a block of their own. */
    void writeLiterals(byte[] source, int from, int to, ByteSink out) {
        write(out);
        for (int at = from; at < to; at++) {
            symbolCounts[source[at] & 0xff]++;
        }
        writeLiterals(source, from, to, begin(out) ? fixedSymbols : symbols, out);
        empty();
    }

    /** Makes the codes for what was counted and writes the head of the block; whether the fixed codes are shorter. */
    private boolean begin(ByteSink out) {
        symbolCounts[END] = 1;
        symbols.build(symbolCounts);
        distances.build(distanceCounts);
        header.collect(symbols, SYMBOLS, distances, DISTANCES);
        long own = header.size() + size(symbols, distances);
        long fixed = size(fixedSymbols, fixedDistances);
        out.reserve((int) (Math.min(own, fixed) / Byte.SIZE) + 4 * Long.BYTES);
        if (fixed <= own) {
            put(0b010, 3, out);
            return true;
        }
        put(0b100, 3, out);
        header.write(this, out);
        return false;
    }

    /** Writes an empty block that ends at a byte, so that everything before can be decompressed. */
    void align(ByteSink out) {
        out.reserve(2 * Long.BYTES);
        put(0, 3, out);
        put(0, -bitCount & Byte.SIZE - 1, out);
        put(0xffff0000, Integer.SIZE, out);
    }

    /** Writes the lowest bits; there must be room. */
    void put(int value, int width, ByteSink out) {
        bits |= (value & 0xffffffffL) << bitCount;
        bitCount += width;
        LONG.set(out.array(), out.length(), bits);
        int whole = bitCount >>> 3;
        out.advance(whole);
        bits >>>= whole << 3;
        bitCount &= Byte.SIZE - 1;
    }

    private void empty() {
        count = 0;
        Arrays.fill(symbolCounts, 0);
        Arrays.fill(distanceCounts, 0);
    }

    private long size(PrefixCode symbolCode, PrefixCode repetitionCode) {
        long size = 0;
        for (int symbol = 0; symbol < SYMBOLS; symbol++) {
            int extra = symbol > END ? lengthExtra[symbol - END - 1] : 0;
            size += (long) symbolCounts[symbol] * (symbolCode.length(symbol) + extra);
        }
        for (int code = 0; code < DISTANCES; code++) {
            size += (long) distanceCounts[code] * (repetitionCode.length(code) + distanceExtra[code]);
        }
        return size;
    }

    private void writeTokens(PrefixCode symbolCode, PrefixCode repetitionCode, ByteSink out) {
        byte[] target = out.array();
        int start = out.length();
        int at = start;
        long pending = bits;
        int width = bitCount;
        for (int index = 0; index < count; index++) {
            int token = tokens[index];
            if (token < END) {
                int entry = symbolCode.entry(token);
                pending |= (long) PrefixCode.bits(entry) << width;
                width += PrefixCode.width(entry);
            } else {
                int code = lengthCode[length(token)];
                int entry = symbolCode.entry(END + 1 + code);
                pending |= (long) PrefixCode.bits(entry) << width;
                width += PrefixCode.width(entry);
                pending |= (long) (length(token) - lengthBase[code]) << width;
                width += lengthExtra[code];
                int distance = token & DISTANCE_MASK;
                code = distanceCode(distance);
                entry = repetitionCode.entry(code);
                pending |= (long) PrefixCode.bits(entry) << width;
                width += PrefixCode.width(entry);
                pending |= (long) (distance - distanceBase[code]) << width;
                width += distanceExtra[code];
            }
            LONG.set(target, at, pending);
            at += width >>> 3;
            pending >>>= width & -Byte.SIZE;
            width &= Byte.SIZE - 1;
        }
        out.advance(at - start);
        bits = pending;
        bitCount = width;
        int entry = symbolCode.entry(END);
        put(PrefixCode.bits(entry), PrefixCode.width(entry), out);
    }

    private void writeLiterals(byte[] source, int from, int to, PrefixCode code, ByteSink out) {
        byte[] target = out.array();
        int start = out.length();
        int at = start;
        long pending = bits;
        int width = bitCount;
        int index = from;
        for (; index + 3 <= to; index += 3) {
            int first = code.entry(source[index] & 0xff);
            int second = code.entry(source[index + 1] & 0xff);
            int third = code.entry(source[index + 2] & 0xff);
            int two = PrefixCode.width(first) + PrefixCode.width(second);
            long three = (long) PrefixCode.bits(third) << two
                    | (long) PrefixCode.bits(second) << PrefixCode.width(first)
                    | PrefixCode.bits(first);
            pending |= three << width;
            width += two + PrefixCode.width(third);
            LONG.set(target, at, pending);
            at += width >>> 3;
            pending >>>= width & -Byte.SIZE;
            width &= Byte.SIZE - 1;
        }
        out.advance(at - start);
        bits = pending;
        bitCount = width;
        for (; index < to; index++) {
            int entry = code.entry(source[index] & 0xff);
            put(PrefixCode.bits(entry), PrefixCode.width(entry), out);
        }
        int entry = code.entry(END);
        put(PrefixCode.bits(entry), PrefixCode.width(entry), out);
    }

    private static int distanceCode(int distance) {
        return distanceCode[distance < NEAR ? distance : NEAR + (distance >>> FAR_SHIFT)];
    }
}
