// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.account.Role;
import dev.umbra.appliance.host.HostSnapshot;
import dev.umbra.appliance.host.Hosts;
import dev.umbra.appliance.host.LiveVm;
import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.appliance.vm.VmRecords;
import dev.umbra.introspection.Findings;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The hosts and what runs on them. For operators and administrators. */
@RestController
@RequestMapping("/api/v1")
@Tag(name = "Hosts", description = "For operators and administrators")
class HostController {
    /** A host. */
    @Schema(name = "Host")
    record HostDocument(
            @Schema(example = "local") String name,
            boolean attached,

            @Schema(description = "The load of the host's module last attached to")
            UUID instance,

            @Schema(description = "When it became attached or detached")
            Instant since,

            @Schema(description = "Why it is detached") String reason,
            int cloudVms,
            int tenantVms,

            @Schema(description = "Counters of the module; for administrators")
            Map<String, Long> counters) {}

    /** A VM that runs on a host, with or without a record. */
    @Schema(name = "RunningVm")
    record RunningVm(
            @Schema(description = "Number of the VM on its host instance")
            String vm,

            int cloudVm,

            @Schema(description = "Id of its record, if it is enrolled")
            UUID record,

            @Schema(description = "Its owner, if it is enrolled")
            String owner,

            int vcpus,
            boolean paused,
            boolean disputed,
            Instant lastActivity) {}

    private final Hosts hosts;
    private final VmRecords records;
    private final Findings findings;

    HostController(Hosts hosts, VmRecords records, Findings findings) {
        this.hosts = hosts;
        this.records = records;
        this.findings = findings;
    }

    @GetMapping("/hosts")
    @Operation(summary = "The hosts and whether they are attached")
    List<HostDocument> list(@AuthenticationPrincipal Account account) {
        requireStaff(account);
        return hosts.all().stream().map(host -> document(host, account)).toList();
    }

    @GetMapping("/hosts/{host}")
    @Operation(summary = "One host")
    HostDocument get(@PathVariable String host, @AuthenticationPrincipal Account account) {
        requireStaff(account);
        return document(hosts.host(host), account);
    }

    @GetMapping("/hosts/{host}/vms")
    @Operation(summary = "The VMs that run on a host, claimed or not")
    List<RunningVm> vms(@PathVariable String host, @AuthenticationPrincipal Account account) {
        requireStaff(account);
        return hosts.vms(host).stream().map(this::running).toList();
    }

    @GetMapping("/findings")
    @Operation(summary = "What the hosts observed that should not be", description = "For administrators.")
    List<FindingDocument> findings(@AuthenticationPrincipal Account account) {
        if (account.role() != Role.ADMINISTRATOR) {
            throw ProblemCode.FORBIDDEN.exception();
        }
        return findings.all().stream().map(FindingDocument::of).toList();
    }

    private RunningVm running(LiveVm live) {
        var record = records.findByBinding(live.vm().key());
        return new RunningVm(
                Long.toUnsignedString(live.vm().key().tenantVm()),
                live.vm().cloudVm(),
                record.map(known -> known.id()).orElse(null),
                record.map(known -> known.tenant()).orElse(null),
                live.vm().vcpuCount(),
                live.vm().paused(),
                live.vm().disputed(),
                live.lastActivity());
    }

    private static HostDocument document(HostSnapshot host, Account account) {
        return new HostDocument(
                host.name(),
                host.attached(),
                host.instance().orElse(null),
                host.since(),
                host.reason().orElse(null),
                host.cloudVms(),
                host.tenantVms(),
                account.role() == Role.ADMINISTRATOR
                        ? host.counters()
                                .map(values -> VmDocument.counters(values.values()))
                                .orElse(null)
                        : null);
    }

    private static void requireStaff(Account account) {
        if (account.role() == Role.TENANT) {
            throw ProblemCode.FORBIDDEN.exception();
        }
    }
}
