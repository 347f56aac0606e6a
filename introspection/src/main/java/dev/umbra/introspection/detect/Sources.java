// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/** Names of the places that know a thing, for evidence. */
final class Sources {
    private Sources() {}

    static String text(Collection<? extends Enum<?>> sources) {
        return sources.stream()
                .map(source -> source.name().toLowerCase(Locale.ROOT).replace('_', ' '))
                .collect(Collectors.joining(", "));
    }
}
