// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.Finding;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;

/** A finding as the API shows it. */
@Schema(
        name = "Finding",
        description = "Something that should not be, observed by the cloud hypervisor or in the memory of a VM")
record FindingDocument(
        @Schema(example = "9f86d081884c7d65") String id,
        @Schema(example = "page-table-shared") String kind,
        @Schema(example = "critical") String severity,
        String vm,
        String otherVm,

        @Schema(description = "The cloud VM whose own kernel it is about")
        Integer cloudVm,

        @Schema(description = "What within the VM it is about", example = "process 1234")
        String subject,

        @Schema(example = "[\"nested root=0x7f000\"]") List<String> evidence,
        Instant firstSeen,
        Instant lastSeen,

        @Schema(description = "When it was first not seen any more; absent while it is there")
        Instant closed,

        long count) {
    static FindingDocument of(Finding finding) {
        OptionalInt cloudVm = finding.identity().scope().cloudVm();
        return new FindingDocument(
                finding.identity().id(),
                Codes.text(finding.kind()),
                Codes.text(finding.severity()),
                finding.vm().map(Object::toString).orElse(null),
                finding.otherVm().map(Object::toString).orElse(null),
                cloudVm.isPresent() ? cloudVm.getAsInt() : null,
                finding.subject().isEmpty() ? null : finding.subject(),
                finding.evidence().stream().map(Evidence::toString).toList(),
                finding.firstSeen(),
                finding.lastSeen(),
                finding.closed().orElse(null),
                finding.count());
    }
}
