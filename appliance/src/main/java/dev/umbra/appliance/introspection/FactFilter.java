// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which facts are wanted.
 *
 * @param text must occur in one of the values, whatever its case
 * @param process only what belongs to this process
 */
public record FactFilter(Optional<String> text, OptionalInt process) {
    public FactFilter {
        text = text.filter(given -> !given.isBlank()).map(given -> given.toLowerCase(Locale.ROOT));
    }

    public boolean accepts(Fact fact) {
        return (process.isEmpty() || fact.process() == process.getAsInt())
                && (text.isEmpty() || contains(fact, text.get()));
    }

    private static boolean contains(Object value, String text) {
        return switch (value) {
            case null -> false;
            case Record record ->
                FactSize.components(record).stream()
                        .anyMatch(component -> contains(FactSize.value(record, component), text));
            case Collection<?> values -> values.stream().anyMatch(each -> contains(each, text));
            case Map<?, ?> values -> values.values().stream().anyMatch(each -> contains(each, text));
            default -> value.toString().toLowerCase(Locale.ROOT).contains(text);
        };
    }
}
