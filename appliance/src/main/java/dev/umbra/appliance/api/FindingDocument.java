// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.introspection.Finding;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;

/** A finding as the API shows it. */
@Schema(name = "Finding", description = "Something the cloud hypervisor observed that should not be")
record FindingDocument(
        @Schema(example = "page-table-shared") String kind,
        @Schema(example = "critical") String severity,
        String vm,
        String otherVm,
        @Schema(example = "[\"nested root=0x7f000\"]") List<String> evidence,
        Instant firstSeen,
        Instant lastSeen,
        long count) {
    static FindingDocument of(Finding finding) {
        return new FindingDocument(
                Codes.text(finding.kind()),
                Codes.text(finding.severity()),
                finding.vm().map(Object::toString).orElse(null),
                finding.otherVm().map(Object::toString).orElse(null),
                finding.evidence().stream().map(Finding.Evidence::toString).toList(),
                finding.firstSeen(),
                finding.lastSeen(),
                finding.count());
    }
}
