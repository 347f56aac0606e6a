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
    private static final int MAXIMUM_SYMBOLS = 1 << 20;
    private static final int MAXIMUM_NAME = 512;
    private static final int MAXIMUM_NAMES = 64 << 20;
    private static final int SYMBOLS_PER_MARKER = 256;
    private static final int MAXIMUM_MARKERS = MAXIMUM_SYMBOLS / SYMBOLS_PER_MARKER;
    private static final int SEQUENCE_BYTES = 3;
    private static final long KERNEL_IMAGE = 0xffff_ffff_8000_0000L;

    private final byte[] image;
    private final TokenTable tokens;
    private final int count;
    private final int names;
    private final int offsets;
    private final long base;

    private Kallsyms(byte[] image, TokenTable tokens, int count, int names, int offsets, long base) {
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
        int from = 0;
        while (true) {
            Optional<TokenTable> tokens = TokenTable.find(image, from, length);
            if (tokens.isEmpty()) {
                return Optional.empty();
            }
            Optional<Kallsyms> found = before(image, length, tokens.get());
            if (found.isPresent()) {
                return found;
            }
            from = tokens.get().end();
        }
    }

    /** Looks for the end of the markers: right in front of the tokens, or in front of the order of names by themselves. */
    private static Optional<Kallsyms> before(byte[] image, int length, TokenTable tokens) {
        int last = tokens.start() & -4;
        int limit = Math.max(0, last - MAXIMUM_SYMBOLS * SEQUENCE_BYTES);
        for (int end = last; end > limit; end -= 4) {
            int gap = tokens.start() - end;
            int fewest = gap < 8 ? 1 : Math.ceilDiv(gap - 11, SYMBOLS_PER_MARKER * SEQUENCE_BYTES);
            int most = gap < 8 ? MAXIMUM_MARKERS : (gap - SEQUENCE_BYTES) / (SYMBOLS_PER_MARKER * SEQUENCE_BYTES) + 1;
            for (int markers = fewest; markers <= most && end - 4 * markers >= 0; markers++) {
                int first = end - 4 * markers;
                if (LittleEndian.u32(image, first) == 0 && ascendingMarkers(image, first, end)) {
                    Optional<Kallsyms> found = names(image, length, tokens, first, markers);
                    if (found.isPresent()) {
                        return found;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static boolean ascendingMarkers(byte[] image, int first, int end) {
        int previous = -1;
        for (int place = first; place < end; place += 4) {
            int marker = LittleEndian.u32(image, place);
            if (marker <= previous) {
                return false;
            }
            previous = marker;
        }
        return true;
    }

    /** The number of symbols in front of the names tells which of the possible places is their start. */
    private static Optional<Kallsyms> names(byte[] image, int length, TokenTable tokens, int markers, int markerCount) {
        int last = LittleEndian.u32(image, markers + 4 * (markerCount - 1));
        long highest = (long) markers - last & -8;
        long lowest = Math.max(16, highest - SYMBOLS_PER_MARKER * (MAXIMUM_NAME + 2L));
        for (long start = highest; start >= lowest; start -= 8) {
            int place = (int) start;
            long count = LittleEndian.u64(image, place - 8);
            if (count > 0
                    && count <= MAXIMUM_SYMBOLS
                    && (count + SYMBOLS_PER_MARKER - 1) / SYMBOLS_PER_MARKER == markerCount
                    && markersAgree(image, place, (int) count, markers)) {
                return offsets(image, length, tokens, place, (int) count);
            }
        }
        return Optional.empty();
    }

    private static boolean markersAgree(byte[] image, int names, int count, int markers) {
        int place = names;
        for (int symbol = 0; symbol < count; symbol++) {
            if (symbol % SYMBOLS_PER_MARKER == 0
                    && place - names != LittleEndian.u32(image, markers + 4 * (symbol / SYMBOLS_PER_MARKER))) {
                return false;
            }
            if (place + 2 > markers) {
                return false;
            }
            place += nameBytes(image, place);
            if (place > markers) {
                return false;
            }
        }
        return markers - place < 8;
    }

    private static Optional<Kallsyms> offsets(byte[] image, int length, TokenTable tokens, int names, int count) {
        int size = count * 4 + 7 & -8;
        int inFront = names - 16 - size;
        if (inFront >= 0 && ascending(image, inFront, count, LittleEndian.u64(image, names - 16))) {
            return Optional.of(new Kallsyms(image, tokens, count, names, inFront, LittleEndian.u64(image, names - 16)));
        }
        int behind = tokens.end() + 7 & -8;
        if (behind + size + 8 <= length && ascending(image, behind, count, LittleEndian.u64(image, behind + size))) {
            return Optional.of(
                    new Kallsyms(image, tokens, count, names, behind, LittleEndian.u64(image, behind + size)));
        }
        return Optional.empty();
    }

    private static boolean ascending(byte[] image, int offsets, int count, long base) {
        if (base >= 0 || base < KERNEL_IMAGE) {
            return false;
        }
        boolean absolutePerCpu = anyNegative(image, offsets, count);
        long previous = 0;
        for (int symbol = 0; symbol < count; symbol++) {
            int offset = LittleEndian.u32(image, offsets + 4 * symbol);
            long address = absolutePerCpu && offset >= 0
                    ? offset
                    : base + (absolutePerCpu ? -1L - offset : offset & 0xffff_ffffL);
            if (Long.compareUnsigned(address, previous) < 0) {
                return false;
            }
            previous = address;
        }
        return true;
    }

    private static boolean anyNegative(byte[] image, int offsets, int count) {
        for (int symbol = 0; symbol < count; symbol++) {
            if (LittleEndian.u32(image, offsets + 4 * symbol) < 0) {
                return true;
            }
        }
        return false;
    }

    /** Length byte or bytes, and tokens. */
    private static int nameBytes(byte[] image, int place) {
        int length = image[place];
        return length >= 0 ? length + 1 : (length & 0x7f | (image[place + 1] & 0xff) << 7) + 2;
    }

    int count() {
        return count;
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
