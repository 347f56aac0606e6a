// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.telemetry;

import dev.umbra.appliance.event.SecurityEvents;
import dev.umbra.appliance.introspection.IntrospectionCounters;
import dev.umbra.appliance.introspection.ScanState;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** What scans and events count, as metrics. Nothing here tells one VM from another. */
public final class IntrospectionMetrics {
    public IntrospectionMetrics(MeterRegistry registry, IntrospectionCounters scans, SecurityEvents events) {
        Arrays.stream(ScanState.values())
                .filter(ScanState::ended)
                .forEach(state -> FunctionCounter.builder(
                                "umbra.introspection.scans", scans, counters -> counters.count(state))
                        .tag("end", state.name().toLowerCase(Locale.ROOT))
                        .register(registry));
        FunctionTimer.builder(
                        "umbra.introspection.scan.duration",
                        scans,
                        IntrospectionCounters::scans,
                        IntrospectionCounters::scanTime,
                        TimeUnit.NANOSECONDS)
                .register(registry);
        FunctionTimer.builder(
                        "umbra.introspection.pause",
                        scans,
                        IntrospectionCounters::pauses,
                        IntrospectionCounters::pauseTime,
                        TimeUnit.NANOSECONDS)
                .register(registry);
        TimeGauge.builder(
                        "umbra.introspection.pause.longest",
                        scans,
                        TimeUnit.NANOSECONDS,
                        IntrospectionCounters::longestPause)
                .register(registry);
        for (RecordCounts count : RecordCounts.of(IntrospectionCounters.Values.class)) {
            FunctionCounter.builder(
                            "umbra.introspection." + count.name(), scans, counters -> count.value(counters.values()))
                    .register(registry);
        }
        FunctionCounter.builder("umbra.events.published", events, SecurityEvents::published)
                .register(registry);
        for (String sink : events.counters().keySet()) {
            for (RecordCounts count : RecordCounts.of(SecurityEvents.Counters.class)) {
                FunctionCounter.builder(
                                "umbra.events." + count.name(),
                                events,
                                all -> count.value(all.counters().get(sink)))
                        .tag("sink", sink)
                        .register(registry);
            }
        }
    }
}
