// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.introspection.ScanMode;
import dev.umbra.appliance.introspection.ScanRequest;
import dev.umbra.appliance.introspection.Section;
import dev.umbra.appliance.problem.ProblemCode;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What is to be scanned. */
@Schema(name = "ScanRequest")
record ScanOrder(
        @Schema(description = "live (the default), or paused: the VM is held meanwhile", example = "live")
        String mode,

        @Schema(description = "What to list; everything if absent", example = "[\"processes\",\"modules\"]")
        List<String> sections,

        @Schema(description = "Whether to search for hidden and altered things; true if absent")
        Boolean detection) {

    /** @param order everything, if null */
    static ScanRequest request(ScanOrder order) {
        return order == null ? ScanRequest.everything(ScanMode.LIVE, ScanRequest.Trigger.REQUEST) : order.request();
    }

    private ScanRequest request() {
        Set<Section> wanted = EnumSet.allOf(Section.class);
        if (sections != null) {
            wanted = sections.stream()
                    .map(name -> Codes.parse(Section.class, name))
                    .collect(Collectors.toCollection(() -> EnumSet.noneOf(Section.class)));
        }
        boolean detect = detection == null || detection;
        if (wanted.isEmpty() && !detect) {
            throw ProblemCode.REQUEST_INVALID.exception("there is nothing to look at");
        }
        ScanMode how = mode == null ? ScanMode.LIVE : Codes.parse(ScanMode.class, mode);
        return new ScanRequest(how, wanted, detect, ScanRequest.Trigger.REQUEST);
    }

    /** One line for the audit trail. */
    static String text(ScanRequest request) {
        return Codes.text(request.mode()) + ": "
                + request.sections().stream().sorted().map(Codes::text).collect(Collectors.joining(", "));
    }
}
