// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import dev.umbra.introspection.Severity;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Events as tests need them. */
final class TestEvents {
    static final Instant AT = Instant.parse("2026-03-01T12:00:00.123456Z");

    private TestEvents() {}

    static SecurityEvent event(String kind) {
        return event(kind, Severity.CRITICAL, List.of("pid=211"));
    }

    static SecurityEvent event(String kind, Severity severity, List<String> evidence) {
        return new SecurityEvent(
                AT,
                kind,
                severity,
                SecurityEvent.Action.OPENED,
                Optional.of(new SecurityEvent.Vm(new UUID(0, 1), "web-1", "alice")),
                Optional.of(new UUID(0, 2) + "/7"),
                Optional.empty(),
                "process 211",
                evidence);
    }
}
