// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.telemetry;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The long components of a public record of counters, by metric name. A counter added to a record is a metric without more ado. */
record RecordCounts(String name, RecordComponent component) {
    static List<RecordCounts> of(Class<? extends Record> type) {
        return Arrays.stream(type.getRecordComponents())
                .filter(component -> component.getType() == long.class)
                .map(component -> new RecordCounts(metricName(component.getName()), component))
                .toList();
    }

    long value(Record counters) {
        try {
            return (long) component.getAccessor().invoke(counters);
        } catch (ReflectiveOperationException inaccessible) {
            throw new IllegalStateException("counters must be public", inaccessible);
        }
    }

    private static String metricName(String component) {
        return component.replaceAll("([A-Z])", ".$1").toLowerCase(Locale.ROOT);
    }
}
