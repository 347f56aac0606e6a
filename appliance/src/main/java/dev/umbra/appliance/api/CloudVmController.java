// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.api.FactController.Part;
import dev.umbra.appliance.api.IntrospectionDocuments.DifferenceDocument;
import dev.umbra.appliance.api.IntrospectionDocuments.FindingPage;
import dev.umbra.appliance.api.IntrospectionDocuments.FindingPart;
import dev.umbra.appliance.api.IntrospectionDocuments.MomentDocument;
import dev.umbra.appliance.api.IntrospectionDocuments.SearchResult;
import dev.umbra.appliance.api.IntrospectionDocuments.StatusDocument;
import dev.umbra.appliance.host.Hosts;
import dev.umbra.appliance.introspection.Fact;
import dev.umbra.appliance.introspection.IntrospectionService;
import dev.umbra.appliance.introspection.Section;
import dev.umbra.appliance.introspection.Target;
import dev.umbra.cloudhypervisor.CloudVmKey;
import dev.umbra.introspection.Finding;
import dev.umbra.introspection.FindingScope;
import dev.umbra.introspection.Findings;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * What runs in the virtualized systems themselves. For administrators of the hosts: whoever runs a virtualized system is not told
 * what is seen of it, and a tenant sees nothing of what it shares with others. Lists of its kernel only; its memory, which
 * holds that of all tenants, is not given out.
 */
@RestController
@RequestMapping("/api/v1/hosts/{host}/cloud-vms")
@Tag(name = "Cloud VMs", description = "For administrators")
class CloudVmController {
    /** A cloud VM. */
    @Schema(name = "CloudVm")
    record CloudVmDocument(
            @Schema(description = "Number on its host instance")
            int cloudVm,

            @Schema(description = "Tenant VMs that ran in it and are not known to have ended")
            int tenantVms,

            StatusDocument introspection) {}

    private final CloudVmAccess cloudVms;
    private final Hosts hosts;
    private final IntrospectionService introspection;
    private final Findings findings;

    CloudVmController(CloudVmAccess cloudVms, Hosts hosts, IntrospectionService introspection, Findings findings) {
        this.cloudVms = cloudVms;
        this.hosts = hosts;
        this.introspection = introspection;
        this.findings = findings;
    }

    @GetMapping
    @Operation(summary = "The cloud VMs of a host")
    List<CloudVmDocument> list(@PathVariable String host, @AuthenticationPrincipal Account account) {
        return cloudVms.all(account, host).stream().map(this::document).toList();
    }

    @GetMapping("/{cloudVm}")
    @Operation(summary = "One cloud VM")
    CloudVmDocument get(
            @PathVariable String host, @PathVariable int cloudVm, @AuthenticationPrincipal Account account) {
        return document(cloudVms.require(account, host, cloudVm));
    }

    @GetMapping("/{cloudVm}/introspection")
    @Operation(summary = "Whether the cloud VM can be looked into, and which kernel it runs")
    StatusDocument status(
            @PathVariable String host, @PathVariable int cloudVm, @AuthenticationPrincipal Account account) {
        return StatusDocument.of(cloudVms.insight(account, host, cloudVm), introspection.limits());
    }

    @GetMapping("/{cloudVm}/introspection/moments")
    @Operation(summary = "Moments that are kept, newest first")
    List<MomentDocument> moments(
            @PathVariable String host, @PathVariable int cloudVm, @AuthenticationPrincipal Account account) {
        return cloudVms.insight(account, host, cloudVm).moments().reversed().stream()
                .map(MomentDocument::of)
                .toList();
    }

    @GetMapping("/{cloudVm}/introspection/diff")
    @Operation(summary = "What changed between two moments")
    DifferenceDocument difference(
            @PathVariable String host,
            @PathVariable int cloudVm,
            @RequestParam long from,
            @RequestParam long to,
            @Parameter(description = "Only this section") @RequestParam(required = false) String section,
            @Parameter(description = "Facts of a kind at most, 1 to 1000") @RequestParam(defaultValue = "200")
                    int limit,
            @AuthenticationPrincipal Account account) {
        return DifferenceDocument.of(cloudVms.insight(account, host, cloudVm), from, to, section, limit);
    }

    @GetMapping("/{cloudVm}/introspection/search")
    @Operation(summary = "Search all sections of a moment")
    SearchResult search(
            @PathVariable String host,
            @PathVariable int cloudVm,
            @Parameter(description = "Must occur in one of the values, whatever its case", example = "qemu")
                    @RequestParam
                    String q,
            @Parameter(description = "Id of a moment; the newest, if absent") @RequestParam(required = false)
                    Long moment,
            @Parameter(description = "Hits at most, 1 to 1000") @RequestParam(defaultValue = "100") int limit,
            @AuthenticationPrincipal Account account) {
        return SearchResult.of(cloudVms.insight(account, host, cloudVm), q, moment, limit);
    }

    @GetMapping("/{cloudVm}/introspection/findings")
    @Operation(summary = "What was found in it that should not be, the newest last")
    FindingPage findings(
            @PathVariable String host,
            @PathVariable int cloudVm,
            @ParameterObject FindingPart part,
            @AuthenticationPrincipal Account account) {
        CloudVmKey vm = cloudVms.require(account, host, cloudVm);
        FindingScope scope = new Target.Cloud(vm).scope();
        List<Finding> found = findings.all().stream()
                .filter(finding -> finding.identity().scope().equals(scope))
                .toList();
        return FindingPage.of(cloudVms.insight(vm), found, part);
    }

    @GetMapping("/{cloudVm}/introspection/{section}")
    @Operation(
            summary = "What was seen of one section",
            description = "The sections of a tenant VM, and the same facts: processes, threads, modules, and so on.")
    FactPage<Fact> facts(
            @PathVariable String host,
            @PathVariable int cloudVm,
            @Parameter(example = "processes") @PathVariable String section,
            @ParameterObject Part part,
            @AuthenticationPrincipal Account account) {
        return part.of(cloudVms.insight(account, host, cloudVm), Codes.parse(Section.class, section), Fact.class);
    }

    private CloudVmDocument document(CloudVmKey vm) {
        return new CloudVmDocument(
                vm.cloudVm(),
                hosts.tenantVms(vm).size(),
                StatusDocument.of(cloudVms.insight(vm), introspection.limits()));
    }
}
