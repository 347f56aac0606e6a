// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Symbols and types of kernels met lately, so that the same build in another machine is not decoded again and not kept
 * twice. Thread-safe; what was not used for the longest time is forgotten.
 *
 * <p>The build identifier is only the kernel's own word. A tenant that shows the identifier of a common kernel above
 * tables of its own must not describe that kernel to everybody else, so what is remembered is found by the SHA-256 digest
 * of the very bytes that it was decoded from.
 */
public final class ProfileCache {
    private final Map<String, SymbolTable> symbols;
    private final Map<String, Btf> types;

    /** @param capacity kernels to remember, about 16 MiB each */
    public ProfileCache(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("no room: " + capacity);
        }
        symbols = bounded(capacity);
        types = bounded(capacity);
    }

    SymbolTable symbols(Kallsyms kallsyms) {
        MessageDigest digest = sha256();
        kallsyms.digest(digest);
        return remembered(symbols, digest, kallsyms::decode);
    }

    /** @param bytes which nobody changes any more */
    Btf types(byte[] bytes) {
        MessageDigest digest = sha256();
        digest.update(bytes);
        return remembered(types, digest, () -> Btf.parse(bytes));
    }

    /** Kernels remembered. */
    public int size() {
        synchronized (types) {
            return types.size();
        }
    }

    /** Two threads that decode the same at once both do it, and one result is kept. */
    private static <T> T remembered(Map<String, T> cache, MessageDigest digest, Supplier<T> decoder) {
        String key = HexFormat.of().formatHex(digest.digest());
        synchronized (cache) {
            T known = cache.get(key);
            if (known != null) {
                return known;
            }
        }
        T decoded = decoder.get();
        synchronized (cache) {
            T other = cache.putIfAbsent(key, decoded);
            return other == null ? decoded : other;
        }
    }

    private static <T> Map<String, T> bounded(int capacity) {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
                return size() > capacity;
            }
        };
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
