// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import java.util.Optional;

/**
 * The search for a kernel's symbol table in a copy of its read-only data. Whoever wrote the data may have filled it with
 * beginnings of tables, so the search has a number of steps, a hundred times what a real kernel takes, and finds nothing
 * when they are spent.
 */
final class KallsymsSearch {
    private static final int SYMBOLS_PER_MARKER = 256;
    private static final int MAXIMUM_MARKERS = Kallsyms.MAXIMUM_SYMBOLS / SYMBOLS_PER_MARKER;
    private static final int SEQUENCE_BYTES = 3;
    private static final long KERNEL_IMAGE = 0xffff_ffff_8000_0000L;
    private static final int STEPS = 1 << 26;

    private final byte[] image;
    private final int length;
    private long steps = STEPS;

    KallsymsSearch(byte[] image, int length) {
        this.image = image;
        this.length = length;
    }

    Optional<Kallsyms> run() {
        int from = 0;
        while (steps > 0) {
            Optional<TokenTable> tokens = TokenTable.find(image, from, length);
            if (tokens.isEmpty()) {
                return Optional.empty();
            }
            Optional<Kallsyms> found = before(tokens.get());
            if (found.isPresent()) {
                return found;
            }
            from = tokens.get().end();
        }
        return Optional.empty();
    }

    private boolean spend(int more) {
        steps -= more;
        return steps > 0;
    }

    /** Looks for the end of the markers: right in front of the tokens, or in front of the order of names by themselves. */
    private Optional<Kallsyms> before(TokenTable tokens) {
        int last = tokens.start() & -4;
        int limit = Math.max(0, last - Kallsyms.MAXIMUM_SYMBOLS * SEQUENCE_BYTES);
        for (int end = last; end > limit && spend(1); end -= 4) {
            int gap = tokens.start() - end;
            int fewest = gap < 8 ? 1 : Math.ceilDiv(gap - 11, SYMBOLS_PER_MARKER * SEQUENCE_BYTES);
            int most = gap < 8 ? MAXIMUM_MARKERS : (gap - SEQUENCE_BYTES) / (SYMBOLS_PER_MARKER * SEQUENCE_BYTES) + 1;
            for (int markers = fewest; markers <= most && end - 4 * markers >= 0 && spend(1); markers++) {
                int first = end - 4 * markers;
                if (LittleEndian.u32(image, first) == 0 && ascendingMarkers(first, end)) {
                    Optional<Kallsyms> found = names(tokens, first, markers);
                    if (found.isPresent()) {
                        return found;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private boolean ascendingMarkers(int first, int end) {
        int previous = -1;
        for (int place = first; place < end && spend(1); place += 4) {
            int marker = LittleEndian.u32(image, place);
            if (marker <= previous) {
                return false;
            }
            previous = marker;
        }
        return steps > 0;
    }

    /** The number of symbols in front of the names tells which of the possible places is their start. */
    private Optional<Kallsyms> names(TokenTable tokens, int markers, int markerCount) {
        int last = LittleEndian.u32(image, markers + 4 * (markerCount - 1));
        long highest = (long) markers - last & -8;
        long lowest = Math.max(16, highest - SYMBOLS_PER_MARKER * (Kallsyms.MAXIMUM_NAME + 2L));
        for (long start = highest; start >= lowest && spend(1); start -= 8) {
            int place = (int) start;
            long count = LittleEndian.u64(image, place - 8);
            if (count > 0
                    && count <= Kallsyms.MAXIMUM_SYMBOLS
                    && (count + SYMBOLS_PER_MARKER - 1) / SYMBOLS_PER_MARKER == markerCount
                    && markersAgree(place, (int) count, markers)) {
                return offsets(tokens, place, (int) count);
            }
        }
        return Optional.empty();
    }

    private boolean markersAgree(int names, int count, int markers) {
        int place = names;
        for (int symbol = 0; symbol < count && spend(1); symbol++) {
            if (symbol % SYMBOLS_PER_MARKER == 0
                    && place - names != LittleEndian.u32(image, markers + 4 * (symbol / SYMBOLS_PER_MARKER))) {
                return false;
            }
            if (place + 2 > markers) {
                return false;
            }
            place += Kallsyms.nameBytes(image, place);
            if (place > markers) {
                return false;
            }
        }
        return steps > 0 && markers - place < 8;
    }

    private Optional<Kallsyms> offsets(TokenTable tokens, int names, int count) {
        int size = count * 4 + 7 & -8;
        int inFront = names - 16 - size;
        if (inFront >= 0 && ascending(inFront, count, LittleEndian.u64(image, names - 16))) {
            return Optional.of(new Kallsyms(image, tokens, count, names, inFront, LittleEndian.u64(image, names - 16)));
        }
        int behind = tokens.end() + 7 & -8;
        if (behind + size + 8 <= length && ascending(behind, count, LittleEndian.u64(image, behind + size))) {
            return Optional.of(
                    new Kallsyms(image, tokens, count, names, behind, LittleEndian.u64(image, behind + size)));
        }
        return Optional.empty();
    }

    private boolean ascending(int offsets, int count, long base) {
        if (base >= 0 || base < KERNEL_IMAGE || !spend(count)) {
            return false;
        }
        boolean absolutePerCpu = Kallsyms.anyNegative(image, offsets, count);
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
}
