// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.console.ConsoleDoor;
import dev.umbra.appliance.console.ConsoleKind;
import dev.umbra.appliance.console.ConsoleRole;
import dev.umbra.appliance.console.ConsoleTickets;
import dev.umbra.appliance.console.DisplayDoor;
import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.appliance.vm.VmAction;
import dev.umbra.appliance.vm.VmDirectory;
import dev.umbra.appliance.vm.VmRecord;
import dev.umbra.remoteconsole.serial.ScrollBack;
import dev.umbra.remoteconsole.serial.SerialConsole;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRange;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Tickets for consoles and what consoles have printed. For the owner of the VM alone. */
@RestController
@RequestMapping("/api/v1/vms/{vm}")
@Tag(name = "Consoles", description = "For the VM's own tenant alone")
class ConsoleController {
    /** What a ticket is to be for. */
    @Schema(name = "TicketRequest")
    record TicketRequest(
            @Schema(description = "serial (the default) or graphical", example = "graphical")
            String kind,

            @Schema(description = "writer (the default), or viewer for one that never types", example = "writer")
            String role) {}

    /** A one-time ticket. */
    @Schema(name = "Ticket")
    record TicketDocument(
            String ticket,
            Instant expiresAt,

            @Schema(description = "Where to connect, a path of this appliance", example = "/api/v1/console?ticket=…")
            String path) {
        @Override
        public String toString() {
            return "TicketDocument[" + expiresAt + "]";
        }
    }

    private final VmDirectory directory;
    private final ConsoleDoor door;
    private final DisplayDoor displays;
    private final ConsoleTickets tickets;
    private final AuditTrail audit;

    ConsoleController(
            VmDirectory directory, ConsoleDoor door, DisplayDoor displays, ConsoleTickets tickets, AuditTrail audit) {
        this.directory = directory;
        this.door = door;
        this.displays = displays;
        this.tickets = tickets;
        this.audit = audit;
    }

    @PostMapping("/console-tickets")
    @Operation(
            summary = "Get a one-time ticket for a console",
            description =
                    "Open the WebSocket at the path of the answer within 30 s. Optional parameters are role (writer or "
                            + "viewer); for the serial console since (output offset to continue at) and stream (the stream it "
                            + "belongs to); for the graphical one layout (keyboard of the machine: us, de, fr or jp).")
    ResponseEntity<TicketDocument> ticket(
            @PathVariable String vm,
            @RequestBody(required = false) TicketRequest body,
            @AuthenticationPrincipal Account account,
            HttpServletRequest request) {
        VmRecord record = directory.require(account, vm, VmAction.CONSOLE);
        ConsoleKind kind =
                body == null || body.kind() == null ? ConsoleKind.SERIAL : Codes.parse(ConsoleKind.class, body.kind());
        ConsoleRole role =
                body == null || body.role() == null ? ConsoleRole.WRITER : Codes.parse(ConsoleRole.class, body.role());
        switch (kind) {
            case SERIAL -> door.console(record);
            case GRAPHICAL -> displays.console(record);
        }
        ConsoleTickets.Ticket ticket = tickets.issue(account, record.id(), kind, role);
        audit.record(AuditEvent.of(AuditKind.TICKET_ISSUED)
                .by(account)
                .on(record.id(), record.tenant())
                .from(request.getRemoteAddr())
                .detail(Codes.text(kind) + " " + Codes.text(role)));
        return ResponseEntity.status(HttpStatus.CREATED)
                .cacheControl(CacheControl.noStore())
                .body(new TicketDocument(
                        ticket.value(), ticket.expiresAt(), kind.path() + "?ticket=" + ticket.value()));
    }

    @GetMapping("/console-log")
    @Operation(
            summary = "Download what the console has printed",
            description =
                    "The last MiB. Byte positions count from the first byte the VM ever printed, so Range: bytes=1000- "
                            + "means the same at any time; what is older than the last MiB is gone (416).")
    ResponseEntity<byte[]> log(
            @PathVariable String vm,
            @Parameter(example = "bytes=-1000") @RequestHeader(name = HttpHeaders.RANGE, required = false) String range,
            @AuthenticationPrincipal Account account,
            HttpServletRequest request) {
        VmRecord record = directory.require(account, vm, VmAction.LOG);
        SerialConsole console = door.console(record);
        ScrollBack kept = console.scrollBack();
        long end = kept.offset() + kept.bytes().length;
        audit.record(AuditEvent.of(AuditKind.LOG_DOWNLOADED)
                .by(account)
                .on(record.id(), record.tenant())
                .from(request.getRemoteAddr()));
        HttpHeaders headers = new HttpHeaders();
        headers.set(HttpHeaders.ACCEPT_RANGES, "bytes");
        headers.set("Umbra-Output-Stream", console.stream());
        headers.setContentType(MediaType.APPLICATION_OCTET_STREAM);
        headers.set(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + record.name() + ".log\"");
        headers.setCacheControl(CacheControl.noStore());
        if (range == null) {
            headers.set("Umbra-Output-Offset", Long.toString(kept.offset()));
            return ResponseEntity.ok().headers(headers).body(kept.bytes());
        }
        return part(kept, end, range, headers);
    }

    private static ResponseEntity<byte[]> part(ScrollBack kept, long end, String range, HttpHeaders headers) {
        HttpRange wanted = parse(range);
        long first = end == 0 ? 0 : wanted.getRangeStart(end);
        long last = end == 0 ? -1 : wanted.getRangeEnd(end);
        if (first < kept.offset() || first >= end || last < first) {
            throw ProblemCode.RANGE_NOT_SATISFIABLE.exception("the log reaches from " + kept.offset() + " to " + end);
        }
        headers.set(HttpHeaders.CONTENT_RANGE, "bytes " + first + "-" + last + "/" + end);
        headers.set("Umbra-Output-Offset", Long.toString(first));
        byte[] piece =
                Arrays.copyOfRange(kept.bytes(), (int) (first - kept.offset()), (int) (last + 1 - kept.offset()));
        return ResponseEntity.status(HttpStatus.PARTIAL_CONTENT)
                .headers(headers)
                .body(piece);
    }

    private static HttpRange parse(String range) {
        try {
            List<HttpRange> ranges = HttpRange.parseRanges(range);
            if (ranges.size() == 1) {
                return ranges.getFirst();
            }
        } catch (IllegalArgumentException malformed) {
            throw ProblemCode.REQUEST_INVALID.exception("the Range header is malformed");
        }
        throw ProblemCode.REQUEST_INVALID.exception("one range at a time");
    }
}
