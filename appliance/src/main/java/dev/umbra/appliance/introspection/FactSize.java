// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * About how much room a fact takes. Texts are the tenant's, so that counting facts alone would not bound what a hostile one makes the
 * appliance keep.
 */
final class FactSize {
    private static final int OBJECT = 24;
    private static final int MEMBER = 8;
    private static final Map<Class<?>, List<RecordComponent>> COMPONENTS = new ConcurrentHashMap<>();

    private FactSize() {}

    /** In bytes. */
    static long of(Object value) {
        return switch (value) {
            case null -> 0;
            case String text -> OBJECT + text.length();
            case Collection<?> values ->
                OBJECT + values.stream().mapToLong(FactSize::member).sum();
            case Map<?, ?> values ->
                OBJECT
                        + values.entrySet().stream()
                                .mapToLong(entry -> member(entry.getKey()) + member(entry.getValue()))
                                .sum();
            case Record record ->
                OBJECT
                        + components(record).stream()
                                .mapToLong(component -> member(value(record, component)))
                                .sum();
            default -> MEMBER;
        };
    }

    private static long member(Object value) {
        return MEMBER + of(value);
    }

    /** Of a public record. */
    static List<RecordComponent> components(Record record) {
        return COMPONENTS.computeIfAbsent(record.getClass(), type -> List.of(type.getRecordComponents()));
    }

    /** What a component of a public record holds. */
    static Object value(Record record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException inaccessible) {
            throw new IllegalStateException("facts must be public", inaccessible);
        }
    }
}
