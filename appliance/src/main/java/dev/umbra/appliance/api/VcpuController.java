// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.vm.VmDirectory;
import dev.umbra.cloudhypervisor.PausedMoment;
import dev.umbra.cloudhypervisor.VcpuRegisters;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The processors of a VM, as the cloud hypervisor has them. */
@RestController
@RequestMapping("/api/v1/vms/{vm}/vcpus")
@Tag(name = "VMs")
class VcpuController {
    private static final int NANOSECONDS = 1000;

    /** What a vCPU has loaded. Addresses are hexadecimal texts: they do not fit into a number of JSON. */
    @Schema(name = "Vcpu")
    record VcpuDocument(
            int vcpu,

            @Schema(
                    description =
                            "Held at its entry, so that these are the values in force; else those of its last exit")
            boolean exact,

            @Schema(example = "0x80050033") String cr0,
            @Schema(description = "Root of the page tables") String cr3,
            String cr4,
            String efer,
            String gdtBase,
            String idtBase,
            int idtLimit,
            @Schema(description = "Where SYSCALL goes") String lstar,
            String gsBase,
            String kernelGsBase,
            String rip,
            String rsp,
            @Schema(description = "Privilege level, 0 to 3") int cpl) {
        static VcpuDocument of(VcpuRegisters registers) {
            return new VcpuDocument(
                    registers.vcpu(),
                    registers.exact(),
                    hexadecimal(registers.cr0()),
                    hexadecimal(registers.cr3()),
                    hexadecimal(registers.cr4()),
                    hexadecimal(registers.efer()),
                    hexadecimal(registers.gdtBase()),
                    hexadecimal(registers.idtBase()),
                    registers.idtLimit(),
                    hexadecimal(registers.lstar()),
                    hexadecimal(registers.gsBase()),
                    hexadecimal(registers.kernelGsBase()),
                    hexadecimal(registers.rip()),
                    hexadecimal(registers.rsp()),
                    registers.cpl());
        }

        private static String hexadecimal(long value) {
            return "0x" + Long.toHexString(value);
        }
    }

    /** The vCPUs of a VM. */
    @Schema(name = "Vcpus")
    record VcpusDocument(
            List<VcpuDocument> vcpus,

            @Schema(description = "How the VM was held for it")
            Pause pause) {
        static VcpusDocument of(VmDirectory.Processors processors) {
            return new VcpusDocument(
                    processors.vcpus().stream().map(VcpuDocument::of).toList(),
                    processors.moment().map(Pause::of).orElse(null));
        }
    }

    /** A pause that is over, measured by the host. */
    @Schema(name = "PauseForMoment")
    record Pause(
            @Schema(description = "resumed; expired or lost: the VM may have run meanwhile")
            String end,

            @Schema(description = "Until the last vCPU was held")
            double settlingMicroseconds,

            @Schema(description = "Until it was let go") double heldMicroseconds) {
        static Pause of(PausedMoment moment) {
            return new Pause(
                    Codes.text(moment.outcome().map(PausedMoment.Outcome::end).orElse(PausedMoment.End.LOST)),
                    (double) moment.settling().toNanos() / NANOSECONDS,
                    (double) moment.heldNanos() / NANOSECONDS);
        }
    }

    private final VmDirectory directory;

    VcpuController(VmDirectory directory) {
        this.directory = directory;
    }

    @GetMapping
    @Operation(
            summary = "What the VM's processors have loaded",
            description = "A vCPU that did not stop yet since the host knows it is left out.")
    VcpusDocument live(@PathVariable String vm, @AuthenticationPrincipal Account account) {
        return VcpusDocument.of(directory.processors(account, vm));
    }

    @PostMapping
    @Operation(
            summary = "The same, with the VM held for a moment",
            description = "Tells how long it was held. Refused while somebody else holds it for a moment.")
    VcpusDocument held(@PathVariable String vm, @AuthenticationPrincipal Account account, HttpServletRequest request) {
        return VcpusDocument.of(directory.heldProcessors(account, vm, request.getRemoteAddr()));
    }
}
