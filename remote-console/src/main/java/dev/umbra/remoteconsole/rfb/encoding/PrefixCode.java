// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

import java.util.Arrays;

/**
 * The prefix code of one alphabet of deflate (RFC 1951, section 3.2.2): code lengths that suit how often each symbol occurs, and the
 * codes that follow from them. Used again for block after block.
 *
 * <p>Lengths come from the symbols sorted by frequency, in place, by Moffat's and Katajainen's way of building Huffman's tree. Codes
 * that would be longer than the format allows are shortened, and others made longer for it. At least two symbols have a code, since
 * some decompressors take less for a fault.
 */
final class PrefixCode {
    private static final int SYMBOL_BITS = 9;
    private static final int LENGTH_BITS = 4;
    private static final int LENGTH_MASK = (1 << LENGTH_BITS) - 1;

    private final int longest;
    private final int[] codes;
    private final int[] sorted;
    private final int[] tree;
    private final int[] ofLength = new int[1 << LENGTH_BITS];

    /**
     * @param symbols of the alphabet
     * @param longest code allowed, in bits
     */
    PrefixCode(int symbols, int longest) {
        this.longest = longest;
        codes = new int[symbols];
        sorted = new int[symbols];
        tree = new int[symbols];
    }

    /** The code with these lengths in bits. */
    static PrefixCode of(int[] lengths) {
        PrefixCode code = new PrefixCode(lengths.length, LENGTH_MASK);
        System.arraycopy(lengths, 0, code.codes, 0, lengths.length);
        for (int length : lengths) {
            code.ofLength[length]++;
        }
        code.number();
        return code;
    }

    /** Makes the code for symbols that occur so often. */
    void build(int[] counts) {
        int used = sort(counts);
        Arrays.fill(codes, 0);
        Arrays.fill(ofLength, 0);
        for (int index = 0; index < used; index++) {
            tree[index] = sorted[index] >>> SYMBOL_BITS;
        }
        countLengths(used);
        int next = 0;
        for (int length = longest; length > 0; length--) {
            for (int left = ofLength[length]; left > 0; left--) {
                codes[sorted[next++] & (1 << SYMBOL_BITS) - 1] = length;
            }
        }
        number();
    }

    /** Length of the code of a symbol in bits; none if it does not occur. */
    int length(int symbol) {
        return codes[symbol] & LENGTH_MASK;
    }

    /** The code of a symbol, first bit lowest, with its {@link #length} in the four lowest bits below it. */
    int entry(int symbol) {
        return codes[symbol];
    }

    /** Bits of a code of an {@link #entry}. */
    static int bits(int entry) {
        return entry >>> LENGTH_BITS;
    }

    /** Length of the code of an {@link #entry} in bits. */
    static int width(int entry) {
        return entry & LENGTH_MASK;
    }

    private int sort(int[] counts) {
        int used = 0;
        for (int symbol = 0; symbol < codes.length; symbol++) {
            if (counts[symbol] != 0) {
                sorted[used++] = counts[symbol] << SYMBOL_BITS | symbol;
            }
        }
        for (int symbol = 0; used < 2; symbol++) {
            if (counts[symbol] == 0) {
                sorted[used++] = 1 << SYMBOL_BITS | symbol;
            }
        }
        Arrays.sort(sorted, 0, used);
        return used;
    }

    /** Turns the frequencies in {@link #tree}, ascending, into numbers of codes of each length. */
    private void countLengths(int used) {
        join(used);
        tree[used - 2] = 0;
        for (int node = used - 3; node >= 0; node--) {
            tree[node] = tree[tree[node]] + 1;
        }
        int places = 1;
        int node = used - 2;
        for (int depth = 0; places > 0; depth++) {
            int inner = 0;
            while (node >= 0 && tree[node] == depth) {
                inner++;
                node--;
            }
            ofLength[Math.min(depth, longest)] += places - inner;
            places = 2 * inner;
        }
        shorten();
    }

    /** Joins the two rarest again and again; each node then holds the number of its parent. */
    private void join(int used) {
        int root = 0;
        int leaf = 0;
        for (int node = 0; node < used - 1; node++) {
            int sum = 0;
            for (int child = 0; child < 2; child++) {
                if (leaf >= used || root < node && tree[root] < tree[leaf]) {
                    sum += tree[root];
                    tree[root++] = node;
                } else {
                    sum += tree[leaf++];
                }
            }
            tree[node] = sum;
        }
    }

    /** Makes room for the codes that were too long: a shorter one becomes an inner node with two below. */
    private void shorten() {
        int taken = 0;
        for (int length = 1; length <= longest; length++) {
            taken += ofLength[length] << longest - length;
        }
        for (; taken > 1 << longest; taken--) {
            ofLength[longest]--;
            int length = longest - 1;
            while (ofLength[length] == 0) {
                length--;
            }
            ofLength[length]--;
            ofLength[length + 1] += 2;
        }
    }

    /** Gives each symbol with a length the next code of that length. */
    private void number() {
        int code = 0;
        int before = 0;
        for (int length = 1; length < ofLength.length; length++) {
            int count = ofLength[length];
            code = code + before << 1;
            before = count;
            ofLength[length] = code;
        }
        for (int symbol = 0; symbol < codes.length; symbol++) {
            int length = codes[symbol];
            if (length != 0) {
                codes[symbol] = Integer.reverse(ofLength[length]++) >>> Integer.SIZE - length << LENGTH_BITS | length;
            }
        }
    }
}
