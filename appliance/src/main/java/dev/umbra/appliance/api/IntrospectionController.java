// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.api.IntrospectionDocuments.DifferenceDocument;
import dev.umbra.appliance.api.IntrospectionDocuments.FindingPage;
import dev.umbra.appliance.api.IntrospectionDocuments.FindingPart;
import dev.umbra.appliance.api.IntrospectionDocuments.MomentDocument;
import dev.umbra.appliance.api.IntrospectionDocuments.SearchResult;
import dev.umbra.appliance.api.IntrospectionDocuments.StatusDocument;
import dev.umbra.appliance.introspection.Insight;
import dev.umbra.appliance.introspection.IntrospectionService;
import dev.umbra.appliance.vm.VmAction;
import dev.umbra.appliance.vm.VmDirectory;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** How well a VM can be looked into, what was seen when, and what changed. */
@RestController
@RequestMapping("/api/v1/vms/{vm}/introspection")
@Tag(name = "Introspection", description = "For the VM's own tenant alone, but for its state and findings")
class IntrospectionController {
    private final VmDirectory directory;
    private final IntrospectionService introspection;

    IntrospectionController(VmDirectory directory, IntrospectionService introspection) {
        this.directory = directory;
        this.introspection = introspection;
    }

    @GetMapping
    @Operation(summary = "Whether the VM can be looked into, and which kernel it runs")
    StatusDocument status(@PathVariable String vm, @AuthenticationPrincipal Account account) {
        return StatusDocument.of(insight(account, vm, VmAction.INSPECT), introspection.limits());
    }

    @GetMapping("/moments")
    @Operation(summary = "Moments that are kept, newest first")
    List<MomentDocument> moments(@PathVariable String vm, @AuthenticationPrincipal Account account) {
        return insight(account, vm, VmAction.INTROSPECT).moments().reversed().stream()
                .map(MomentDocument::of)
                .toList();
    }

    @GetMapping("/diff")
    @Operation(
            summary = "What changed between two moments",
            description = "Processor times, memory in use and the like are not changes. Only sections seen at both.")
    DifferenceDocument difference(
            @PathVariable String vm,
            @RequestParam long from,
            @RequestParam long to,
            @Parameter(description = "Only this section") @RequestParam(required = false) String section,
            @Parameter(description = "Facts of a kind at most, 1 to 1000") @RequestParam(defaultValue = "200")
                    int limit,
            @AuthenticationPrincipal Account account) {
        return DifferenceDocument.of(insight(account, vm, VmAction.INTROSPECT), from, to, section, limit);
    }

    @GetMapping("/search")
    @Operation(summary = "Search all sections of a moment")
    SearchResult search(
            @PathVariable String vm,
            @Parameter(description = "Must occur in one of the values, whatever its case", example = "sshd")
                    @RequestParam
                    String q,
            @Parameter(description = "Id of a moment; the newest, if absent") @RequestParam(required = false)
                    Long moment,
            @Parameter(description = "Hits at most, 1 to 1000") @RequestParam(defaultValue = "100") int limit,
            @AuthenticationPrincipal Account account) {
        return SearchResult.of(insight(account, vm, VmAction.INTROSPECT), q, moment, limit);
    }

    @GetMapping("/findings")
    @Operation(summary = "What was found that should not be, the newest last", description = "Administrators, too.")
    FindingPage findings(
            @PathVariable String vm, @ParameterObject FindingPart part, @AuthenticationPrincipal Account account) {
        return FindingPage.of(insight(account, vm, VmAction.INSPECT), directory.findings(account, vm), part);
    }

    private Insight insight(Account account, String vm, VmAction action) {
        return introspection.of(directory.require(account, vm, action));
    }
}
