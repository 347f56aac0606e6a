// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.KernelProfile;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Offsets of fields by kind of view, kept as long as the profile they come from. Safe for use by several threads. */
final class Layouts {
    private static final Map<KernelProfile, Layouts> OF_PROFILES = Collections.synchronizedMap(new WeakHashMap<>());

    private final Map<Class<?>, Object> layouts = new ConcurrentHashMap<>();

    static Layouts of(KernelProfile profile) {
        return OF_PROFILES.computeIfAbsent(profile, unused -> new Layouts());
    }

    /** The profile is not kept: it would keep itself. */
    <L> L get(Class<L> type, KernelProfile profile, Function<KernelProfile, L> make) {
        Object known = layouts.get(type);
        return type.cast(known != null ? known : layouts.computeIfAbsent(type, unused -> make.apply(profile)));
    }
}
