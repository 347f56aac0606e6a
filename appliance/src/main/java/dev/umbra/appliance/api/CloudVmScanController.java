// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.introspection.Scan;
import dev.umbra.appliance.introspection.ScanRequest;
import dev.umbra.cloudhypervisor.CloudVmKey;
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

/** Scans of virtualized systems. For administrators of the hosts. */
@RestController
@RequestMapping("/api/v1/hosts/{host}/cloud-vms/{cloudVm}/introspection/scans")
@Tag(name = "Cloud VMs", description = "For administrators")
class CloudVmScanController {
    private final CloudVmAccess cloudVms;
    private final AuditTrail audit;
    private final ScanStream stream;

    CloudVmScanController(CloudVmAccess cloudVms, AuditTrail audit, ScanStream stream) {
        this.cloudVms = cloudVms;
        this.audit = audit;
        this.stream = stream;
    }

    @PostMapping
    @Operation(
            summary = "Scan the cloud VM now",
            description = "Answers at once. It is never held: all its tenants would stand still.")
    @ApiResponse(responseCode = "202")
    ResponseEntity<ScanDocument> scan(
            @PathVariable String host,
            @PathVariable int cloudVm,
            @RequestBody(required = false) ScanOrder body,
            @AuthenticationPrincipal Account account,
            HttpServletRequest request) {
        CloudVmKey vm = cloudVms.require(account, host, cloudVm);
        ScanRequest wanted = ScanOrder.request(body);
        Scan scan = cloudVms.insight(vm).request(wanted);
        audit.record(AuditEvent.of(AuditKind.SCAN_REQUESTED)
                .by(account)
                .from(request.getRemoteAddr())
                .subject(vm)
                .detail(scan.id() + " " + ScanOrder.text(wanted)));
        return ResponseEntity.status(HttpStatus.ACCEPTED)
                .location(URI.create(request.getRequestURI() + "/" + scan.id()))
                .cacheControl(CacheControl.noStore())
                .body(ScanDocument.of(scan));
    }

    @GetMapping
    @Operation(summary = "List the last scans, newest first")
    List<ScanDocument> scans(
            @PathVariable String host, @PathVariable int cloudVm, @AuthenticationPrincipal Account account) {
        return cloudVms.insight(account, host, cloudVm).scans().stream()
                .map(ScanDocument::of)
                .toList();
    }

    @GetMapping("/{id}")
    @Operation(summary = "One scan and how far it is")
    ScanDocument get(
            @PathVariable String host,
            @PathVariable int cloudVm,
            @PathVariable UUID id,
            @AuthenticationPrincipal Account account) {
        return ScanDocument.of(cloudVms.insight(account, host, cloudVm).scan(id));
    }

    @GetMapping(path = "/{id}/events")
    @Operation(
            summary = "Watch a scan",
            description = "Server-sent events named scan, whose data is the scan, until it has ended.")
    @ApiResponse(
            responseCode = "200",
            content = @Content(mediaType = MediaType.TEXT_EVENT_STREAM_VALUE, schema = @Schema(type = "string")))
    void watch(
            @PathVariable String host,
            @PathVariable int cloudVm,
            @PathVariable UUID id,
            @AuthenticationPrincipal Account account,
            HttpServletResponse response)
            throws IOException, InterruptedException {
        stream.send(cloudVms.insight(account, host, cloudVm).scan(id), response);
    }
}
