// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.introspection.Scan;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** A scan as the API shows it. */
@Schema(name = "Scan")
record ScanDocument(
        UUID id,

        @Schema(
                description =
                        "queued, running, completed, partial (with gaps), refused (unknown kernel), failed or cancelled",
                example = "running")
        String state,

        @Schema(description = "live or paused", example = "live")
        String mode,

        @Schema(description = "schedule or request", example = "request")
        String trigger,

        @Schema(example = "[\"processes\",\"sockets\"]") List<String> sections,

        @Schema(description = "Whether hidden and altered things are searched for")
        boolean detection,

        Instant requestedAt,
        Instant startedAt,
        Instant endedAt,

        @Schema(description = "What is looked at now: kernel, a section, or detection; absent when nothing is")
        String step,

        @Schema(description = "Steps that are over") int done,
        @Schema(description = "Steps in all") int steps,
        long facts,
        long gaps,

        @Schema(description = "How long the VM was held") long pauseMicroseconds,

        @Schema(description = "The moment it made") Long moment,
        @Schema(description = "Why it did not complete") String reason) {
    private static final int NANOSECONDS = 1000;

    static ScanDocument of(Scan scan) {
        return of(scan, scan.progress());
    }

    static ScanDocument of(Scan scan, Scan.Progress progress) {
        return new ScanDocument(
                scan.id(),
                Codes.text(progress.state()),
                Codes.text(scan.request().mode()),
                Codes.text(scan.request().trigger()),
                scan.request().sections().stream().sorted().map(Codes::text).toList(),
                scan.request().detection(),
                scan.requestedAt(),
                progress.startedAt().orElse(null),
                progress.endedAt().orElse(null),
                progress.step().isEmpty() ? null : progress.step(),
                progress.done(),
                scan.steps(),
                progress.facts(),
                progress.gaps(),
                progress.pause().toNanos() / NANOSECONDS,
                progress.moment().isPresent() ? progress.moment().getAsLong() : null,
                progress.reason().orElse(null));
    }
}
