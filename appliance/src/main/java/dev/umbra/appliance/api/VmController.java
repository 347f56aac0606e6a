// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.account.Role;
import dev.umbra.appliance.vm.VmAccessPolicy;
import dev.umbra.appliance.vm.VmDirectory;
import dev.umbra.appliance.vm.VmNotice;
import dev.umbra.appliance.vm.VmView;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** VM records and the VMs behind them. */
@RestController
@RequestMapping("/api/v1/vms")
@Tag(
        name = "VMs",
        description = "A tenant sees its own VMs; an operator sees that VMs exist; an administrator manages them")
class VmController {
    /** A new record. */
    @Schema(name = "NewVm")
    record NewVm(
            @NotNull
            @Pattern(regexp = "[a-z0-9][a-z0-9-]{0,62}", message = "must match [a-z0-9][a-z0-9-]{0,62}")
            @Schema(example = "web-1")
            String name,

            @Schema(description = "Owner; the caller if it is a tenant", example = "tenant-a")
            String tenant) {}

    /** A record with its secret. */
    @Schema(name = "VmWithSecret")
    record VmWithSecret(
            VmDocument vm,

            @Schema(
                    description = "Put it into the VM's image, readable by root alone. Shown now and never again.",
                    example = "3f1c…64 hexadecimal digits")
            String secret,

            Instant secretExpiresAt) {
        @Override
        public String toString() {
            return "VmWithSecret[" + vm.id() + "]";
        }
    }

    /** How a secret is renewed. */
    @Schema(name = "SecretRenewal")
    record SecretRenewal(
            @Schema(description = "Release the VM that is enrolled now, which may still run")
            boolean release) {}

    /** Ports and who serves them. */
    @Schema(name = "PortClaim")
    record PortClaim(
            @Min(0) @Max(0xffff) @Schema(example = "1016") int base,
            @Min(1) @Max(256) @Schema(example = "8") int count,

            @Schema(description = "true: the appliance serves them, false: the virtualized system")
            boolean claimed) {}

    private final VmDirectory directory;
    private final VmAccessPolicy policy;

    VmController(VmDirectory directory, VmAccessPolicy policy) {
        this.directory = directory;
        this.policy = policy;
    }

    @GetMapping
    @Operation(summary = "List the VMs you may see")
    List<VmDocument> list(@AuthenticationPrincipal Account account) {
        return directory.list(account).stream()
                .map(view -> document(view, account))
                .toList();
    }

    @GetMapping("/{vm}")
    @Operation(summary = "One VM, by id or name")
    VmDocument get(
            @Parameter(description = "Id or name", example = "web-1") @PathVariable String vm,
            @AuthenticationPrincipal Account account) {
        return document(directory.get(account, vm), account);
    }

    @PostMapping
    @Operation(
            summary = "Create a VM record",
            description =
                    "Answers with the one-time enrolment secret. Tenants create for themselves, administrators for a tenant.")
    ResponseEntity<VmWithSecret> create(
            @Valid @RequestBody NewVm body, @AuthenticationPrincipal Account account, HttpServletRequest request) {
        String tenant = body.tenant() == null && account.role() == Role.TENANT ? account.name() : body.tenant();
        VmDirectory.Created created =
                directory.create(account, body.name(), tenant == null ? "" : tenant, request.getRemoteAddr());
        return ResponseEntity.created(
                        URI.create("/api/v1/vms/" + created.vm().record().id()))
                .cacheControl(CacheControl.noStore())
                .body(withSecret(created, account));
    }

    @PostMapping("/{vm}/secret")
    @Operation(
            summary = "Renew the enrolment secret",
            description =
                    "Needed when the old one was used or has expired, or the enrolled VM is gone. Older secrets end.")
    ResponseEntity<VmWithSecret> renew(
            @PathVariable String vm,
            @RequestBody(required = false) SecretRenewal body,
            @AuthenticationPrincipal Account account,
            HttpServletRequest request) {
        boolean release = body != null && body.release();
        VmDirectory.Created renewed = directory.renew(account, vm, release, request.getRemoteAddr());
        return ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(withSecret(renewed, account));
    }

    @DeleteMapping("/{vm}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Operation(summary = "Delete the record", description = "The VM, if it runs, goes on and is unclaimed.")
    void delete(@PathVariable String vm, @AuthenticationPrincipal Account account, HttpServletRequest request) {
        directory.delete(account, vm, request.getRemoteAddr());
    }

    @PostMapping("/{vm}/pause")
    @Operation(summary = "Hold the VM at its next entry", description = "Answers when the host says that it is held.")
    VmDocument pause(@PathVariable String vm, @AuthenticationPrincipal Account account, HttpServletRequest request) {
        return document(directory.pause(account, vm, true, request.getRemoteAddr()), account);
    }

    @PostMapping("/{vm}/resume")
    @Operation(summary = "Let a held VM go on")
    VmDocument resume(@PathVariable String vm, @AuthenticationPrincipal Account account, HttpServletRequest request) {
        return document(directory.pause(account, vm, false, request.getRemoteAddr()), account);
    }

    @PutMapping("/{vm}/ports")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Operation(
            summary = "Choose who serves a range of ports",
            description = "Administrators only. Giving COM1 back to the virtualized system shows it the console.")
    void ports(
            @PathVariable String vm,
            @Valid @RequestBody PortClaim body,
            @AuthenticationPrincipal Account account,
            HttpServletRequest request) {
        directory.claimPorts(account, vm, body.base(), body.count(), body.claimed(), request.getRemoteAddr());
    }

    @DeleteMapping("/{vm}/notices/{code}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Operation(summary = "Dismiss a notice")
    void dismiss(@PathVariable String vm, @PathVariable String code, @AuthenticationPrincipal Account account) {
        directory.dismiss(account, vm, Codes.parse(VmNotice.Code.class, code));
    }

    private VmDocument document(VmView view, Account account) {
        return VmDocument.of(view, account, policy);
    }

    private VmWithSecret withSecret(VmDirectory.Created created, Account account) {
        return new VmWithSecret(
                document(created.vm(), account),
                created.secret().reveal(),
                created.vm().record().secretExpiresAt().orElseThrow());
    }
}
