// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Descriptions of kernels met lately, so that the same build in another machine is not decoded again and not kept twice.
 * Thread-safe; the longest unused one is forgotten.
 *
 * <p>The build identifier is the kernel's own word. A tenant that shows the identifier of a common kernel above tables of
 * its own must not describe that kernel to everybody else, so a description is found only by the identifier together
 * with a SHA-256 digest of the bytes it was decoded from.
 */
public final class ProfileCache {
    private final int capacity;
    private final Map<Key, KernelDescription> descriptions = new LinkedHashMap<>(16, 0.75f, true);

    private record Key(String buildId, String digest) {}

    /** @param capacity kernels to remember, about 16 MiB each */
    public ProfileCache(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("no room: " + capacity);
        }
        this.capacity = capacity;
    }

    synchronized Optional<KernelDescription> find(String buildId, String digest) {
        return Optional.ofNullable(descriptions.get(new Key(buildId, digest)));
    }

    synchronized void put(KernelDescription description) {
        descriptions.put(new Key(description.buildId(), description.digest()), description);
        if (descriptions.size() > capacity) {
            var oldest = descriptions.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** Kernels remembered. */
    public synchronized int size() {
        return descriptions.size();
    }
}
