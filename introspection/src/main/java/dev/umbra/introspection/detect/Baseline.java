// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.kernel.Kernel;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What detectors remember of one kernel from scan to scan. Immutable. It belongs to one boot: a kernel of another build or at
 * another place starts with an empty one, which is how the detectors learn of a reboot.
 */
public final class Baseline {
    /** Nothing is known yet. */
    public static final Baseline NONE = new Baseline("", 0, Map.of());

    private final String buildId;
    private final long slide;
    private final Map<Class<?>, Object> kept;

    private Baseline(String buildId, long slide, Map<Class<?>, Object> kept) {
        this.buildId = buildId;
        this.slide = slide;
        this.kept = Map.copyOf(kept);
    }

    static Baseline of(Kernel kernel, Map<Class<?>, Object> kept) {
        return new Baseline(kernel.profile().buildId(), kernel.slide(), kept);
    }

    /** This if it is of the same boot, otherwise nothing. */
    Baseline over(Kernel kernel) {
        return slide == kernel.slide() && buildId.equals(kernel.profile().buildId()) ? this : NONE;
    }

    /** The same with an immutable object in place of the one of its class. */
    Baseline with(Object state) {
        Map<Class<?>, Object> all = new HashMap<>(kept);
        all.put(state.getClass(), state);
        return new Baseline(buildId, slide, all);
    }

    Map<Class<?>, Object> kept() {
        return kept;
    }

    <T> Optional<T> find(Class<T> type) {
        return Optional.ofNullable(type.cast(kept.get(type)));
    }
}
