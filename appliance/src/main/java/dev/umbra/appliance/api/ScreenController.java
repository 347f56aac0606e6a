// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.console.DisplayDoor;
import dev.umbra.appliance.console.Screenshots;
import dev.umbra.appliance.recording.Recording;
import dev.umbra.appliance.recording.Recordings;
import dev.umbra.appliance.vm.VmAction;
import dev.umbra.appliance.vm.VmDirectory;
import dev.umbra.appliance.vm.VmRecord;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.List;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Pictures and recordings of screens. For the owner of the VM alone. */
@RestController
@RequestMapping("/api/v1/vms/{vm}")
@Tag(name = "Screens", description = "For the VM's own tenant alone")
class ScreenController {
    /** A recording. */
    @Schema(name = "Recording")
    record RecordingDocument(
            @Schema(example = "20260301-120000-1f2e3d4c") String id,
            Instant startedAt,
            @Schema(example = "93500") long milliseconds,
            @Schema(example = "1048576") long bytes,
            @Schema(description = "Whether it goes on") boolean inProgress) {
        static RecordingDocument of(Recording recording) {
            return new RecordingDocument(
                    recording.id(),
                    recording.startedAt(),
                    recording.duration().toMillis(),
                    recording.size(),
                    recording.inProgress());
        }
    }

    private final VmDirectory directory;
    private final DisplayDoor door;
    private final Screenshots screenshots;
    private final Recordings recordings;
    private final AuditTrail audit;

    ScreenController(
            VmDirectory directory, DisplayDoor door, Screenshots screenshots, Recordings recordings, AuditTrail audit) {
        this.directory = directory;
        this.door = door;
        this.screenshots = screenshots;
        this.recordings = recordings;
        this.audit = audit;
    }

    @GetMapping(path = "/screenshot", produces = MediaType.IMAGE_PNG_VALUE)
    @Operation(
            summary = "The screen as it is now",
            description = "A PNG picture. So many a minute are taken of one VM, 60 unless configured.")
    ResponseEntity<byte[]> screenshot(
            @PathVariable String vm, @AuthenticationPrincipal Account account, HttpServletRequest request) {
        VmRecord record = directory.require(account, vm, VmAction.CONSOLE);
        byte[] picture = screenshots.take(record.id(), door.console(record));
        audit.record(AuditEvent.of(AuditKind.SCREENSHOT_TAKEN)
                .by(account)
                .on(record.id(), record.tenant())
                .from(request.getRemoteAddr()));
        return ResponseEntity.ok()
                .cacheControl(CacheControl.noStore())
                .header(HttpHeaders.CONTENT_DISPOSITION, "inline; filename=\"" + record.name() + ".png\"")
                .contentType(MediaType.IMAGE_PNG)
                .body(picture);
    }

    @PostMapping("/recordings")
    @Operation(
            summary = "Record the screen",
            description = "Until it is stopped, too long or too large, or the VM is gone. The oldest recordings go.")
    @ResponseStatus(HttpStatus.CREATED)
    RecordingDocument record(
            @PathVariable String vm, @AuthenticationPrincipal Account account, HttpServletRequest request) {
        VmRecord record = directory.require(account, vm, VmAction.CONSOLE);
        return RecordingDocument.of(
                recordings.start(account, record, door.grant(account, record.id(), false), request.getRemoteAddr()));
    }

    @GetMapping("/recordings")
    @Operation(summary = "List the recordings, newest first")
    List<RecordingDocument> recordings(@PathVariable String vm, @AuthenticationPrincipal Account account) {
        return recordings.list(directory.require(account, vm, VmAction.LOG)).stream()
                .map(RecordingDocument::of)
                .toList();
    }

    @GetMapping("/recordings/{id}")
    @Operation(
            summary = "Download a recording",
            description =
                    "A framebuffer stream (FBS 001.001). Ranges are served. One in progress is served as far as it is.")
    ResponseEntity<Resource> recording(
            @PathVariable String vm,
            @PathVariable String id,
            @AuthenticationPrincipal Account account,
            HttpServletRequest request) {
        VmRecord record = directory.require(account, vm, VmAction.LOG);
        Resource file = new FileSystemResource(recordings.open(account, record, id, request.getRemoteAddr()));
        return ResponseEntity.ok()
                .cacheControl(CacheControl.noStore())
                .header(
                        HttpHeaders.CONTENT_DISPOSITION,
                        "attachment; filename=\"" + record.name() + "-" + id + ".fbs\"")
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .body(file);
    }

    @PostMapping("/recordings/{id}/stop")
    @Operation(summary = "Stop a recording", description = "One that has ended is left as it is.")
    RecordingDocument stop(@PathVariable String vm, @PathVariable String id, @AuthenticationPrincipal Account account) {
        VmRecord record = directory.require(account, vm, VmAction.CONSOLE);
        return RecordingDocument.of(recordings.stop(record, id));
    }

    @DeleteMapping("/recordings/{id}")
    @Operation(summary = "Delete a recording", description = "One that goes on is stopped before.")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(
            @PathVariable String vm,
            @PathVariable String id,
            @AuthenticationPrincipal Account account,
            HttpServletRequest request) {
        recordings.delete(account, directory.require(account, vm, VmAction.CONSOLE), id, request.getRemoteAddr());
    }
}
