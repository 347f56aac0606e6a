// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Symbols by name and by address, relative to the address of the kernel's text, which differs from boot to boot. Names
 * lie in one array, each behind its type letter. Immutable.
 */
final class SymbolTable {
    private static final int PROBES_PER_SYMBOL = 64;
    private static final int FREE_PROBES = 1 << 20;

    private final int[] offsets;
    private final boolean absolutePerCpu;
    private final byte[] names;
    private final int[] starts;
    private final int[] slots;
    private final int firstRelative;

    /**
     * @param offsets one per symbol, as kallsyms has them, the symbols in the order of their addresses
     * @param absolutePerCpu whether offsets from 0 on are absolute and negative ones count down from the text's address
     *     minus one, as on all kernels with per-CPU data at address 0
     * @param names type letter and name of each symbol
     * @param starts where each begins, and where the last ends
     * @throws UnknownKernel if too many share a name
     */
    SymbolTable(int[] offsets, boolean absolutePerCpu, byte[] names, int[] starts) {
        this.offsets = offsets;
        this.absolutePerCpu = absolutePerCpu;
        this.names = names;
        this.starts = starts;
        this.slots = new int[Integer.highestOneBit(Math.max(2, offsets.length)) << 2];
        int relative = 0;
        while (absolutePerCpu && relative < offsets.length && offsets[relative] >= 0) {
            relative++;
        }
        this.firstRelative = relative;
        index();
    }

    /** Names that are all the same, or made to collide, would take forever. */
    private void index() {
        long probes = (long) offsets.length * PROBES_PER_SYMBOL + FREE_PROBES;
        for (int symbol = 0; symbol < offsets.length; symbol++) {
            int slot = hash(names, starts[symbol] + 1, starts[symbol + 1]) & slots.length - 1;
            while (slots[slot] != 0) {
                slot = slot + 1 & slots.length - 1;
                if (--probes < 0) {
                    throw new UnknownKernel("too many of its symbols share their names");
                }
            }
            slots[slot] = symbol + 1;
        }
    }

    int count() {
        return offsets.length;
    }

    OptionalLong address(String name, long textBase) {
        byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
        int slot = hash(wanted, 0, wanted.length) & slots.length - 1;
        for (; slots[slot] != 0; slot = slot + 1 & slots.length - 1) {
            if (named(slots[slot] - 1, wanted)) {
                return OptionalLong.of(address(slots[slot] - 1, textBase));
            }
        }
        return OptionalLong.empty();
    }

    List<Symbol> all(String name, long textBase) {
        byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
        List<Symbol> found = new ArrayList<>();
        int slot = hash(wanted, 0, wanted.length) & slots.length - 1;
        for (; slots[slot] != 0; slot = slot + 1 & slots.length - 1) {
            if (named(slots[slot] - 1, wanted)) {
                found.add(symbol(slots[slot] - 1, textBase));
            }
        }
        return found;
    }

    Stream<Symbol> stream(long textBase) {
        return IntStream.range(0, offsets.length).mapToObj(symbol -> symbol(symbol, textBase));
    }

    /** The first of the last symbols at or below an address. */
    Optional<Symbol> nearest(long address, long textBase) {
        int low = firstRelative;
        int high = offsets.length;
        while (low < high) {
            int middle = low + high >>> 1;
            if (Long.compareUnsigned(address(middle, textBase), address) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        int last = low - 1;
        if (last < firstRelative || low == offsets.length && address != address(last, textBase)) {
            return Optional.empty();
        }
        while (last > firstRelative && offsets[last - 1] == offsets[last]) {
            last--;
        }
        return Optional.of(symbol(last, textBase));
    }

    long address(int symbol, long textBase) {
        int offset = offsets[symbol];
        if (!absolutePerCpu) {
            return textBase + (offset & 0xffff_ffffL);
        }
        return offset >= 0 ? offset : textBase - 1 - offset;
    }

    private Symbol symbol(int symbol, long textBase) {
        int start = starts[symbol];
        String name = new String(names, start + 1, starts[symbol + 1] - start - 1, StandardCharsets.UTF_8);
        return new Symbol(name, (char) (names[start] & 0xff), address(symbol, textBase));
    }

    private boolean named(int symbol, byte[] wanted) {
        int start = starts[symbol] + 1;
        if (starts[symbol + 1] - start != wanted.length) {
            return false;
        }
        for (int index = 0; index < wanted.length; index++) {
            if (names[start + index] != wanted[index]) {
                return false;
            }
        }
        return true;
    }

    private static int hash(byte[] bytes, int start, int end) {
        int hash = 0;
        for (int index = start; index < end; index++) {
            hash = hash * 31 + bytes[index];
        }
        return hash ^ hash >>> 15;
    }
}
