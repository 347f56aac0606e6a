// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.introspection.IntrospectionService;
import dev.umbra.appliance.introspection.Scan;
import dev.umbra.appliance.introspection.ScanRequest;
import dev.umbra.appliance.vm.VmAction;
import dev.umbra.appliance.vm.VmDirectory;
import dev.umbra.appliance.vm.VmRecord;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.UUID;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Scans of a VM's memory. For the owner of the VM alone. */
@RestController
@RequestMapping("/api/v1/vms/{vm}/introspection/scans")
@Tag(name = "Scans", description = "For the VM's own tenant alone")
class ScanController {
    private final VmDirectory directory;
    private final IntrospectionService introspection;
    private final AuditTrail audit;
    private final ScanStream stream;

    ScanController(VmDirectory directory, IntrospectionService introspection, AuditTrail audit, ScanStream stream) {
        this.directory = directory;
        this.introspection = introspection;
        this.audit = audit;
        this.stream = stream;
    }

    @PostMapping
    @Operation(summary = "Scan the VM now", description = "Answers at once; the scan has an id by which it is watched.")
    @ApiResponse(responseCode = "202")
    ResponseEntity<ScanDocument> scan(
            @PathVariable String vm,
            @RequestBody(required = false) ScanOrder body,
            @AuthenticationPrincipal Account account,
            HttpServletRequest request) {
        VmRecord record = directory.require(account, vm, VmAction.INTROSPECT);
        ScanRequest wanted = ScanOrder.request(body);
        Scan scan = introspection.of(record).request(wanted);
        audit.record(AuditEvent.of(AuditKind.SCAN_REQUESTED)
                .by(account)
                .on(record.id(), record.tenant())
                .from(request.getRemoteAddr())
                .subject(scan.id())
                .detail(ScanOrder.text(wanted)));
        return ResponseEntity.status(HttpStatus.ACCEPTED)
                .location(URI.create("/api/v1/vms/" + record.id() + "/introspection/scans/" + scan.id()))
                .cacheControl(CacheControl.noStore())
                .body(ScanDocument.of(scan));
    }

    @GetMapping
    @Operation(summary = "List the last scans, newest first")
    List<ScanDocument> scans(@PathVariable String vm, @AuthenticationPrincipal Account account) {
        return introspection.of(directory.require(account, vm, VmAction.INTROSPECT)).scans().stream()
                .map(ScanDocument::of)
                .toList();
    }

    @GetMapping("/{id}")
    @Operation(summary = "One scan and how far it is")
    ScanDocument get(@PathVariable String vm, @PathVariable UUID id, @AuthenticationPrincipal Account account) {
        return ScanDocument.of(introspection
                .of(directory.require(account, vm, VmAction.INTROSPECT))
                .scan(id));
    }

    @GetMapping(path = "/{id}/events")
    @Operation(
            summary = "Watch a scan",
            description = "Server-sent events named scan, whose data is the scan, until it has ended.")
    @ApiResponse(
            responseCode = "200",
            content = @Content(mediaType = MediaType.TEXT_EVENT_STREAM_VALUE, schema = @Schema(type = "string")))
    void watch(
            @PathVariable String vm,
            @PathVariable UUID id,
            @AuthenticationPrincipal Account account,
            HttpServletResponse response)
            throws IOException, InterruptedException {
        stream.send(
                introspection
                        .of(directory.require(account, vm, VmAction.INTROSPECT))
                        .scan(id),
                response);
    }
}
