// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.account.Role;
import dev.umbra.appliance.audit.AuditEntry;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.appliance.vm.VmAction;
import dev.umbra.appliance.vm.VmDirectory;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The audit trail. A tenant reads its own, an administrator all of it, an operator none. */
@RestController
@RequestMapping("/api/v1/audit")
@Tag(name = "Audit", description = "A tenant reads its own trail, an administrator all")
class AuditController {
    private static final int LARGEST_PAGE = 500;

    /** An entry. */
    @Schema(name = "AuditEntry")
    record EntryDocument(
            long id,
            Instant at,
            @Schema(example = "console-opened") String kind,
            @Schema(example = "notice") String severity,
            String actor,
            String role,
            String tenant,
            UUID vm,
            String subject,
            String address,
            String detail) {}

    /** A page of the trail, newest first. */
    @Schema(name = "AuditPage")
    record Page(
            List<EntryDocument> entries,

            @Schema(description = "Give it as before to read on; absent at the end")
            Long next) {}

    private final AuditTrail trail;
    private final VmDirectory directory;

    AuditController(AuditTrail trail, VmDirectory directory) {
        this.trail = trail;
        this.directory = directory;
    }

    @GetMapping
    @Operation(summary = "Read the audit trail, newest first")
    Page entries(
            @Parameter(description = "Only entries older than this id") @RequestParam(required = false) Long before,
            @Parameter(description = "Only this VM, by id or name") @RequestParam(required = false) String vm,
            @Parameter(description = "Entries at most, 1 to 500") @RequestParam(defaultValue = "50") int limit,
            @AuthenticationPrincipal Account account) {
        if (account.role() == Role.OPERATOR) {
            throw ProblemCode.FORBIDDEN.exception();
        }
        int size = Math.clamp(limit, 1, LARGEST_PAGE);
        List<AuditEntry> found = trail.entries(
                account.role() == Role.TENANT ? Optional.of(account.name()) : Optional.empty(),
                Optional.ofNullable(vm)
                        .map(name ->
                                directory.require(account, name, VmAction.AUDIT).id()),
                before == null ? OptionalLong.empty() : OptionalLong.of(before),
                size);
        Long next = found.size() < size ? null : Long.valueOf(found.getLast().id());
        return new Page(found.stream().map(AuditController::document).toList(), next);
    }

    private static EntryDocument document(AuditEntry entry) {
        var event = entry.event();
        return new EntryDocument(
                entry.id(),
                entry.at(),
                Codes.text(event.kind()),
                Codes.text(event.kind().severity()),
                event.actor(),
                event.role(),
                event.tenant(),
                event.vm(),
                event.subject(),
                event.address(),
                event.detail());
    }
}
