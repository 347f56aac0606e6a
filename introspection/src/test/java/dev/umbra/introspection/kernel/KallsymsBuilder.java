// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Symbol tables as a kernel's build makes them, in the orders of tables that kernels have had. */
final class KallsymsBuilder {
    /** Which tables there are and where. */
    enum Order {
        /** Offsets in front of everything, up to Linux 6.1. */
        OFFSETS_FIRST,
        /** The same, with the order of names between markers and tokens. */
        OFFSETS_FIRST_WITH_SEQUENCE,
        /** Offsets and the order of names behind everything, from Linux 6.4 on. */
        OFFSETS_LAST
    }

    private static final int TOKENS = 256;
    private static final List<String> PAIRS = List.of("init", "task", "_", "sys", "ker", "base", "per_cpu", "linux");

    private final List<Symbol> symbols = new ArrayList<>();
    private final Map<String, Integer> tokens = new HashMap<>();
    private final String[] texts = new String[TOKENS];

    KallsymsBuilder() {
        for (int character = 0; character < TOKENS; character++) {
            boolean usual = character >= '!' && character <= '~';
            texts[character] = usual ? String.valueOf((char) character) : "";
        }
        for (int pair = 0; pair < PAIRS.size(); pair++) {
            texts[128 + pair] = PAIRS.get(pair);
        }
        for (int token = 0; token < TOKENS; token++) {
            tokens.putIfAbsent(texts[token], token);
        }
    }

    KallsymsBuilder add(String name, char type, long address) {
        symbols.add(new Symbol(name, type, address));
        return this;
    }

    /** Tables that begin at a multiple of eight; absolute symbols are those of the lower half. */
    byte[] build(Order order, long base) {
        symbols.sort(Comparator.comparing(Symbol::address, Long::compareUnsigned));
        Bytes bytes = new Bytes();
        if (order != Order.OFFSETS_LAST) {
            offsets(bytes, base);
        }
        bytes.u64(symbols.size());
        List<Integer> markers = names(bytes);
        bytes.align(8);
        markers.forEach(bytes::u32);
        bytes.align(8);
        if (order == Order.OFFSETS_FIRST_WITH_SEQUENCE) {
            sequence(bytes);
        }
        tokens(bytes);
        if (order == Order.OFFSETS_LAST) {
            offsets(bytes, base);
            sequence(bytes);
        }
        return bytes.toArray();
    }

    private void offsets(Bytes bytes, long base) {
        for (Symbol symbol : symbols) {
            bytes.u32(symbol.address() >= 0 ? symbol.address() : base - 1 - symbol.address());
        }
        bytes.align(8).u64(base);
    }

    private List<Integer> names(Bytes bytes) {
        int start = bytes.size();
        List<Integer> markers = new ArrayList<>();
        for (int index = 0; index < symbols.size(); index++) {
            if (index % 256 == 0) {
                markers.add(bytes.size() - start);
            }
            byte[] name =
                    compressed(symbols.get(index).type() + symbols.get(index).name());
            if (name.length < 0x80) {
                bytes.u8(name.length);
            } else {
                bytes.u8(name.length & 0x7f | 0x80).u8(name.length >>> 7);
            }
            bytes.all(name);
        }
        return markers;
    }

    private byte[] compressed(String text) {
        Bytes name = new Bytes();
        name.u8(text.charAt(0));
        for (int place = 1; place < text.length(); ) {
            String rest = text.substring(place);
            String token = PAIRS.stream().filter(rest::startsWith).findFirst().orElse(rest.substring(0, 1));
            name.u8(tokens.get(token));
            place += token.length();
        }
        return name.toArray();
    }

    private void sequence(Bytes bytes) {
        List<Integer> byName = new ArrayList<>();
        for (int index = 0; index < symbols.size(); index++) {
            byName.add(index);
        }
        byName.sort(Comparator.comparing(index -> symbols.get(index).name()));
        byName.forEach(index -> bytes.u8(index >>> 16).u8(index >>> 8).u8(index));
        bytes.align(8);
    }

    private void tokens(Bytes bytes) {
        int start = bytes.size();
        List<Integer> index = new ArrayList<>();
        for (String text : texts) {
            index.add(bytes.size() - start);
            bytes.text(text);
        }
        bytes.align(8);
        index.forEach(bytes::u16);
    }
}
