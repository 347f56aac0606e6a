// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which facts are wanted.
 *
 * @param text must occur in one of the values, whatever its case
 * @param process only what belongs to this process
 */
public record FactFilter(Optional<String> text, OptionalInt process) {
    private static final Map<Class<?>, List<RecordComponent>> COMPONENTS = new ConcurrentHashMap<>();

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
                COMPONENTS.computeIfAbsent(record.getClass(), type -> List.of(type.getRecordComponents())).stream()
                        .anyMatch(component -> contains(value(record, component), text));
            case Collection<?> values -> values.stream().anyMatch(each -> contains(each, text));
            case Map<?, ?> values -> values.values().stream().anyMatch(each -> contains(each, text));
            default -> value.toString().toLowerCase(Locale.ROOT).contains(text);
        };
    }

    private static Object value(Record record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException inaccessible) {
            throw new IllegalStateException("facts must be public", inaccessible);
        }
    }
}
