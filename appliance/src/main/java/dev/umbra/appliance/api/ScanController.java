// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.introspection.IntrospectionService;
import dev.umbra.appliance.introspection.Scan;
import dev.umbra.appliance.introspection.ScanMode;
import dev.umbra.appliance.introspection.ScanRequest;
import dev.umbra.appliance.introspection.Section;
import dev.umbra.appliance.problem.ProblemCode;
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
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
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
import tools.jackson.databind.json.JsonMapper;

/** Scans of a VM's memory. For the owner of the VM alone. */
@RestController
@RequestMapping("/api/v1/vms/{vm}/introspection/scans")
@Tag(name = "Scans", description = "For the VM's own tenant alone")
class ScanController {
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(15);

    /** What is to be scanned. */
    @Schema(name = "ScanRequest")
    record ScanOrder(
            @Schema(description = "live (the default), or paused: the VM is held meanwhile", example = "live")
            String mode,

            @Schema(description = "What to list; everything if absent", example = "[\"processes\",\"modules\"]")
            List<String> sections,

            @Schema(description = "Whether to search for hidden and altered things; true if absent")
            Boolean detection) {}

    private final VmDirectory directory;
    private final IntrospectionService introspection;
    private final AuditTrail audit;
    private final JsonMapper json;

    ScanController(VmDirectory directory, IntrospectionService introspection, AuditTrail audit, JsonMapper json) {
        this.directory = directory;
        this.introspection = introspection;
        this.audit = audit;
        this.json = json;
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
        ScanRequest wanted = wanted(body == null ? new ScanOrder(null, null, null) : body);
        Scan scan = introspection.request(record, wanted);
        audit.record(AuditEvent.of(AuditKind.SCAN_REQUESTED)
                .by(account)
                .on(record.id(), record.tenant())
                .from(request.getRemoteAddr())
                .subject(scan.id())
                .detail(Codes.text(wanted.mode()) + ": "
                        + wanted.sections().stream().sorted().map(Codes::text).collect(Collectors.joining(", "))));
        return ResponseEntity.status(HttpStatus.ACCEPTED)
                .location(URI.create("/api/v1/vms/" + record.id() + "/introspection/scans/" + scan.id()))
                .cacheControl(CacheControl.noStore())
                .body(ScanDocument.of(scan));
    }

    @GetMapping
    @Operation(summary = "List the last scans, newest first")
    List<ScanDocument> scans(@PathVariable String vm, @AuthenticationPrincipal Account account) {
        return introspection.scans(directory.require(account, vm, VmAction.INTROSPECT)).stream()
                .map(ScanDocument::of)
                .toList();
    }

    @GetMapping("/{id}")
    @Operation(summary = "One scan and how far it is")
    ScanDocument get(@PathVariable String vm, @PathVariable UUID id, @AuthenticationPrincipal Account account) {
        return ScanDocument.of(introspection.scan(directory.require(account, vm, VmAction.INTROSPECT), id));
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
        Scan scan = introspection.scan(directory.require(account, vm, VmAction.INTROSPECT), id);
        response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
        response.setCharacterEncoding(StandardCharsets.UTF_8);
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        PrintWriter events = response.getWriter();
        Scan.Progress progress = scan.progress();
        write(events, scan, progress);
        while (!progress.state().ended() && !events.checkError()) {
            Scan.Progress next = scan.awaitChange(progress, LONGEST_SILENCE);
            if (next == progress) {
                events.write(":\n\n");
            } else {
                write(events, scan, next);
            }
            progress = next;
        }
        events.flush();
    }

    /** The writer flushes when it is asked for errors. */
    private void write(PrintWriter events, Scan scan, Scan.Progress progress) {
        events.write("event: scan\ndata: " + json.writeValueAsString(ScanDocument.of(scan, progress)) + "\n\n");
    }

    private static ScanRequest wanted(ScanOrder order) {
        Set<Section> sections = EnumSet.allOf(Section.class);
        if (order.sections() != null) {
            sections = order.sections().stream()
                    .map(name -> Codes.parse(Section.class, name))
                    .collect(Collectors.toCollection(() -> EnumSet.noneOf(Section.class)));
        }
        boolean detection = order.detection() == null || order.detection();
        if (sections.isEmpty() && !detection) {
            throw ProblemCode.REQUEST_INVALID.exception("there is nothing to look at");
        }
        ScanMode mode = order.mode() == null ? ScanMode.LIVE : Codes.parse(ScanMode.class, order.mode());
        return new ScanRequest(mode, sections, detection, ScanRequest.Trigger.REQUEST);
    }
}
