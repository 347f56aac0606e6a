// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;

/**
 * The kernel's own symbol table, which {@code scripts/kallsyms.c} compresses and {@code kernel/kallsyms.c} reads. No
 * address leads to it, so it is found by its shape, from the {@link TokenTable} on.
 *
 * <p>In front of the tokens lie, always in this order, the number of symbols, their names and a marker for each 256th
 * name. Up to Linux 6.3 the offsets and their base are in front of all that, from 6.4 on behind the token index. Each
 * name is a length, of two bytes if the first has its high bit set (Linux 6.1), and as many tokens; the first character
 * is the type. Between markers and tokens some kernels have the order of the symbols by name, three bytes for each.
 * Nothing is believed: the markers must name the places that a walk through all names finds, and the addresses must
 * ascend.
 *
 * <p>The tables are hostile and copied before they are looked at. What breaks the search is a new order of the tables;
 * such a kernel is refused.
 */
final class Kallsyms {
    static final int MAXIMUM_SYMBOLS = 1 << 20;
    static final int MAXIMUM_NAME = 512;

    private static final int MAXIMUM_NAMES = 64 << 20;

    private final byte[] image;
    private final TokenTable tokens;
    private final int count;
    private final int names;
    private final int offsets;
    private final long base;

    Kallsyms(byte[] image, TokenTable tokens, int count, int names, int offsets, long base) {
        this.image = image;
        this.tokens = tokens;
        this.count = count;
        this.names = names;
        this.offsets = offsets;
        this.base = base;
    }

    /**
     * @param image a copy of the kernel's read-only data, from an address that is a multiple of eight on
     * @param length bytes of it that were there
     */
    static Optional<Kallsyms> find(byte[] image, int length) {
        return new KallsymsSearch(image, length).run();
    }

    /** Length byte or bytes, and tokens. */
    static int nameBytes(byte[] image, int place) {
        int length = image[place];
        return length >= 0 ? length + 1 : (length & 0x7f | (image[place + 1] & 0xff) << 7) + 2;
    }

    static boolean anyNegative(byte[] image, int offsets, int count) {
        for (int symbol = 0; symbol < count; symbol++) {
            if (LittleEndian.u32(image, offsets + 4 * symbol) < 0) {
                return true;
            }
        }
        return false;
    }

    /** What offsets are relative to: where the kernel's text begins in this boot. */
    long base() {
        return base;
    }

    /** Takes all bytes that {@link #decode} depends on. */
    void digest(MessageDigest digest) {
        digest.update(image, names - 8, tokens.end() - names + 8);
        digest.update(image, offsets, count * 4);
    }

    /** @throws UnknownKernel if a name has no letter or is too long */
    SymbolTable decode() {
        int[] addresses = new int[count];
        int[] starts = new int[count + 1];
        byte[] text = new byte[count * 32];
        int end = 0;
        int place = names;
        for (int symbol = 0; symbol < count; symbol++) {
            addresses[symbol] = LittleEndian.u32(image, offsets + 4 * symbol);
            starts[symbol] = end;
            if (end > text.length - MAXIMUM_NAME) {
                text = Arrays.copyOf(text, text.length * 2 + MAXIMUM_NAME);
            }
            int next = place + nameBytes(image, place);
            end = expand(place + (image[place] >= 0 ? 1 : 2), next, text, end);
            if (end < starts[symbol] + 2 || end > MAXIMUM_NAMES) {
                throw new UnknownKernel("name " + symbol + " of its symbols is malformed");
            }
            place = next;
        }
        starts[count] = end;
        return new SymbolTable(addresses, anyNegative(image, offsets, count), Arrays.copyOf(text, end), starts);
    }

    /** Where the name ends, or -1 if it is longer than names are. */
    private int expand(int from, int to, byte[] text, int start) {
        int end = start;
        for (int place = from; place < to; place++) {
            int token = image[place] & 0xff;
            int length = tokens.lengths()[token];
            if (end + length > start + MAXIMUM_NAME) {
                return -1;
            }
            System.arraycopy(image, tokens.starts()[token], text, end, length);
            end += length;
        }
        return end;
    }
}
