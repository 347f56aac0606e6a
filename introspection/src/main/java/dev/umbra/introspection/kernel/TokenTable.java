// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import java.util.Optional;

/**
 * The 256 tokens that names of symbols are compressed with, found in a copy of the kernel's read-only data by their
 * shape: every character that names use stands for itself, so the digits follow each other, each with a zero byte. Behind
 * the tokens lies an index with the offset of each; only where all 256 agree is it the table.
 *
 * @param start where the first token is
 * @param end behind the index
 * @param starts of each token
 * @param lengths of each token, without the zero byte
 */
record TokenTable(int start, int end, int[] starts, int[] lengths) {
    private static final int TOKENS = 256;
    private static final int MAXIMUM_TOKEN = 512;
    private static final long FOUR_DIGITS = 0x0030_0030_0030_0030L;
    private static final long FOUR_DIGITS_MASK = 0xfff0_fff0_fff0_fff0L;
    private static final int DIGITS = 20;
    private static final int INDEX = TOKENS * 2;

    /** The first table from a place on. */
    static Optional<TokenTable> find(byte[] image, int from, int length) {
        for (int place = from & -8; place + 8 + DIGITS <= length; place += 8) {
            long value = LittleEndian.u64(image, place);
            boolean even = (value & FOUR_DIGITS_MASK) == FOUR_DIGITS;
            boolean odd = (value & FOUR_DIGITS_MASK << 8) == FOUR_DIGITS << 8 && (value & 0xff) == 0;
            if (even || odd) {
                int digit = image[odd ? place + 1 : place] - '0';
                int zero = place + (odd ? 1 : 0) - 2 * digit;
                Optional<TokenTable> table = digits(image, zero, length) ? at(image, zero, length) : Optional.empty();
                if (table.isPresent()) {
                    return table;
                }
            }
        }
        return Optional.empty();
    }

    private static boolean digits(byte[] image, int zero, int length) {
        if (zero < 0 || zero + DIGITS > length) {
            return false;
        }
        for (int digit = 0; digit < 10; digit++) {
            if (image[zero + 2 * digit] != '0' + digit || image[zero + 2 * digit + 1] != 0) {
                return false;
            }
        }
        return true;
    }

    private static Optional<TokenTable> at(byte[] image, int zero, int length) {
        int end = zero;
        for (int token = '0'; token < TOKENS; token++) {
            end = tokenEnd(image, end, length) + 1;
            if (end == 0) {
                return Optional.empty();
            }
        }
        int index = end + 7 & -8;
        if (index + INDEX > length) {
            return Optional.empty();
        }
        int start = zero - LittleEndian.u16(image, index + 2 * '0');
        int[] starts = new int[TOKENS];
        int[] lengths = new int[TOKENS];
        int place = start;
        for (int token = 0; token < TOKENS; token++) {
            int tokenEnd = place < 0 ? -1 : tokenEnd(image, place, length);
            if (tokenEnd < 0 || LittleEndian.u16(image, index + 2 * token) != place - start) {
                return Optional.empty();
            }
            starts[token] = place;
            lengths[token] = tokenEnd - place;
            place = tokenEnd + 1;
        }
        return Optional.of(new TokenTable(start, index + INDEX, starts, lengths));
    }

    private static int tokenEnd(byte[] image, int start, int length) {
        int limit = Math.min(length, start + MAXIMUM_TOKEN);
        for (int place = start; place < limit; place++) {
            if (image[place] == 0) {
                return place;
            }
        }
        return -1;
    }
}
