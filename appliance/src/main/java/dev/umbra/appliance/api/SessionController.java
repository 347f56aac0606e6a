// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.account.AccountDirectory;
import dev.umbra.appliance.account.Role;
import dev.umbra.appliance.console.SshService;
import dev.umbra.appliance.console.VncService;
import dev.umbra.appliance.problem.ProblemCode;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.Arrays;
import java.util.List;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Who the caller is, and what can go wrong. */
@RestController
@RequestMapping("/api/v1")
@Tag(name = "Session")
class SessionController {
    /** The caller. */
    @Schema(name = "Session")
    record SessionDocument(
            @Schema(example = "tenant-a") String account,
            @Schema(example = "tenant") String role,

            @Schema(description = "Port for consoles over SSH, absent when SSH is off", example = "2222")
            Integer sshPort,

            @Schema(description = "Fingerprint of the SSH host key, to compare")
            String sshHostKey,

            @Schema(description = "Port for screens in VNC viewers, absent when there is none", example = "5900")
            Integer vncPort,

            @Schema(description = "Tenants a VM can be created for; for administrators")
            List<String> tenants) {}

    /** An entry of the error catalogue. */
    @Schema(name = "ProblemKind")
    record ProblemKind(
            @Schema(example = "vm-not-found") String code,
            @Schema(example = "404") int status,

            @Schema(description = "Who can mend it: caller, tenant, operator or us", example = "caller")
            String category,

            String title) {}

    private final SshService ssh;
    private final VncService vnc;
    private final AccountDirectory accounts;

    SessionController(SshService ssh, VncService vnc, AccountDirectory accounts) {
        this.ssh = ssh;
        this.vnc = vnc;
        this.accounts = accounts;
    }

    @GetMapping("/session")
    @Operation(summary = "Who you are")
    SessionDocument session(@AuthenticationPrincipal Account account) {
        return new SessionDocument(
                account.name(),
                Codes.text(account.role()),
                ssh.port().orElse(null),
                ssh.hostKeyFingerprint().orElse(null),
                vnc.port().orElse(null),
                account.role() == Role.ADMINISTRATOR ? accounts.tenants() : null);
    }

    @GetMapping("/problems")
    @Operation(summary = "The error catalogue", description = "Every code that an application/problem+json can carry.")
    List<ProblemKind> problems() {
        return Arrays.stream(ProblemCode.values())
                .map(problem -> new ProblemKind(
                        problem.code(), problem.status().value(), Codes.text(problem.category()), problem.title()))
                .toList();
    }
}
