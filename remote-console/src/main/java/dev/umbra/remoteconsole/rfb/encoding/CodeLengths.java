// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

import java.util.Arrays;

/** The head of a block of deflate with codes of its own (RFC 1951, section 3.2.7): their lengths, runs of them shortened, in a third code. */
final class CodeLengths {
    private static final int[] ORDER = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    private static final int REPEAT = 16;
    private static final int ZEROS = 17;
    private static final int MANY_ZEROS = 18;
    private static final int[] EXTRA = {2, 3, 7};
    private static final int[] LEAST = {3, 3, 11};
    private static final int[] MOST = {6, 10, 138};
    private static final int SYMBOLS_LEAST = 257;
    private static final int EXTRA_SHIFT = 8;

    private final int[] lengths = new int[288 + 32];
    private final int[] tokens = new int[288 + 32];
    private final int[] counts = new int[ORDER.length];
    private final PrefixCode code = new PrefixCode(ORDER.length, 7);
    private int symbols;
    private int distances;
    private int count;
    private int ordered;

    /** Takes the lengths of two codes. */
    void collect(PrefixCode symbolCode, int symbolCount, PrefixCode distanceCode, int distanceCount) {
        symbols = symbolCount;
        while (symbols > SYMBOLS_LEAST && symbolCode.length(symbols - 1) == 0) {
            symbols--;
        }
        distances = distanceCount;
        while (distances > 1 && distanceCode.length(distances - 1) == 0) {
            distances--;
        }
        for (int symbol = 0; symbol < symbols; symbol++) {
            lengths[symbol] = symbolCode.length(symbol);
        }
        for (int symbol = 0; symbol < distances; symbol++) {
            lengths[symbols + symbol] = distanceCode.length(symbol);
        }
        shortenRuns(symbols + distances);
        code.build(counts);
        ordered = ORDER.length;
        while (code.length(ORDER[ordered - 1]) == 0) {
            ordered--;
        }
    }

    /** In bits. */
    int size() {
        int size = 5 + 5 + 4 + 3 * ordered;
        for (int symbol = 0; symbol < counts.length; symbol++) {
            size += counts[symbol] * (code.length(symbol) + (symbol >= REPEAT ? EXTRA[symbol - REPEAT] : 0));
        }
        return size;
    }

    void write(DeflateBlock block, ByteSink out) {
        block.put(symbols - SYMBOLS_LEAST, 5, out);
        block.put(distances - 1, 5, out);
        block.put(ordered - 4, 4, out);
        for (int index = 0; index < ordered; index++) {
            block.put(code.length(ORDER[index]), 3, out);
        }
        for (int index = 0; index < count; index++) {
            int symbol = tokens[index] & (1 << EXTRA_SHIFT) - 1;
            int entry = code.entry(symbol);
            block.put(PrefixCode.bits(entry), PrefixCode.width(entry), out);
            if (symbol >= REPEAT) {
                block.put(tokens[index] >>> EXTRA_SHIFT, EXTRA[symbol - REPEAT], out);
            }
        }
    }

    private void shortenRuns(int total) {
        count = 0;
        Arrays.fill(counts, 0);
        for (int start = 0; start < total; ) {
            int length = lengths[start];
            int end = start + 1;
            while (end < total && lengths[end] == length) {
                end++;
            }
            if (length != 0) {
                add(length, 0);
                start++;
            }
            for (int left = end - start; left > 0; left = end - start) {
                int symbol = length != 0 ? REPEAT : left >= LEAST[MANY_ZEROS - REPEAT] ? MANY_ZEROS : ZEROS;
                int kind = symbol - REPEAT;
                if (left < LEAST[kind]) {
                    add(length, 0);
                    start++;
                } else {
                    int part = Math.min(left, MOST[kind]);
                    add(symbol, part - LEAST[kind]);
                    start += part;
                }
            }
        }
    }

    private void add(int symbol, int extra) {
        tokens[count++] = extra << EXTRA_SHIFT | symbol;
        counts[symbol]++;
    }
}
