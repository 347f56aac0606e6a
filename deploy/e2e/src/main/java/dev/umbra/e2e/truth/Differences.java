// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.truth;

import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What two lists differ in, a line each, so that a person sees at once what is wrong with a list of hundreds. */
public final class Differences {
    private Differences() {}

    /** Of lists in any order, in which something may be more than once. */
    public static List<String> between(Collection<?> found, Collection<?> expected) {
        List<Object> unexpected = new ArrayList<>(found);
        List<Object> missing = new ArrayList<>();
        for (Object entry : expected) {
            if (!unexpected.remove(entry)) {
                missing.add(entry);
            }
        }
        return Stream.concat(
                        missing.stream().map(entry -> "missing: " + entry),
                        unexpected.stream().map(entry -> "unexpected: " + entry))
                .toList();
    }

    /** Of records that have a name each, field by field. */
    public static <K, R extends Record> List<String> between(Map<K, R> found, Map<K, R> expected) {
        List<String> differences = new ArrayList<>();
        TreeSet<K> names = new TreeSet<>(found.keySet());
        names.addAll(expected.keySet());
        for (K name : names) {
            R one = found.get(name);
            R other = expected.get(name);
            if (one == null || other == null) {
                differences.add(one == null ? "missing: " + other : "unexpected: " + one);
            } else {
                differences.addAll(fields(name, one, other));
            }
        }
        return differences;
    }

    private static List<String> fields(Object name, Record found, Record expected) {
        List<String> differences = new ArrayList<>();
        for (RecordComponent component : found.getClass().getRecordComponents()) {
            Object one = value(component, found);
            Object other = value(component, expected);
            if (!Objects.equals(one, other)) {
                differences.add(name + ": " + component.getName() + " is " + one + " instead of " + other);
            }
        }
        return differences;
    }

    private static Object value(RecordComponent component, Record of) {
        try {
            Method accessor = component.getAccessor();
            // The record may be a test's own.
            accessor.setAccessible(true);
            return accessor.invoke(of);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
