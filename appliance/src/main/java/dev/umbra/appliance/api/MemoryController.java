// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.host.Hosts;
import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.appliance.vm.VmAction;
import dev.umbra.appliance.vm.VmDirectory;
import dev.umbra.appliance.vm.VmRecord;
import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.export.CoreDescription;
import dev.umbra.introspection.export.ExportFormat;
import dev.umbra.introspection.export.ExportReport;
import dev.umbra.introspection.export.MemoryExport;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelOpening;
import dev.umbra.introspection.kernel.ProfileCache;
import dev.umbra.introspection.memory.PhysicalMemory;
import dev.umbra.introspection.memory.TenantPhysicalMemory;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * The whole memory of a VM, as a file for forensic programs. It is written to the caller while it is read and never kept
 * here. One download at a time: each reads as much memory as the VM has.
 */
@RestController
@RequestMapping("/api/v1/vms/{vm}/introspection/memory")
@Tag(name = "Introspection")
class MemoryController {
    private static final Logger log = LoggerFactory.getLogger(MemoryController.class);
    private static final int PROFILES = 2;

    private final VmDirectory directory;
    private final Hosts hosts;
    private final AuditTrail audit;
    private final ProfileCache profiles = new ProfileCache(PROFILES);
    private final Semaphore downloads = new Semaphore(1);

    MemoryController(VmDirectory directory, Hosts hosts, AuditTrail audit) {
        this.directory = directory;
        this.hosts = hosts;
        this.audit = audit;
    }

    @GetMapping
    @Operation(
            summary = "Download the memory of the running VM",
            description =
                    "For the VM's own tenant alone. elf is an ELF core with the kernel's VMCOREINFO for crash, drgn and"
                            + " gdb; lime is for Volatility; raw has each byte at its physical address. The VM runs on: pages"
                            + " are of different moments, unless it is paused. Pages that are not there are zero.")
    void memory(
            @PathVariable String vm,
            @Parameter(description = "elf, raw or lime") @RequestParam(defaultValue = "elf") String format,
            @AuthenticationPrincipal Account account,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        VmRecord record = directory.require(account, vm, VmAction.INTROSPECT);
        TenantVmKey key = record.binding().orElseThrow(ProblemCode.VM_NOT_ENROLLED::exception);
        ExportFormat wanted = Codes.parse(ExportFormat.class, format);
        if (!downloads.tryAcquire()) {
            throw ProblemCode.MEMORY_DOWNLOAD_IN_PROGRESS.exception();
        }
        try {
            MemoryExport export = prepare(key, wanted);
            audit.record(AuditEvent.of(AuditKind.MEMORY_DOWNLOADED)
                    .by(account)
                    .on(record.id(), record.tenant())
                    .from(request.getRemoteAddr()));
            response.setContentType(MediaType.APPLICATION_OCTET_STREAM_VALUE);
            response.setContentLengthLong(export.size());
            response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
            response.setHeader(
                    HttpHeaders.CONTENT_DISPOSITION,
                    "attachment; filename=\"" + record.name() + "." + wanted.extension() + "\"");
            ExportReport report = export.writeTo(Channels.newChannel(response.getOutputStream()));
            log.info(
                    "memory of {} was downloaded: {} bytes, {} of them without memory",
                    key,
                    report.bytes(),
                    report.missingBytes());
        } finally {
            downloads.release();
        }
    }

    private MemoryExport prepare(TenantVmKey key, ExportFormat format) {
        PhysicalMemory memory = new TenantPhysicalMemory(
                hosts.memory(key).orElseThrow(ProblemCode.INTROSPECTION_UNAVAILABLE::exception));
        MemoryExport export = MemoryExport.prepare(
                memory, format, format == ExportFormat.ELF ? description(key, memory) : CoreDescription.of(List.of()));
        if (export.memoryBytes() == 0) {
            throw ProblemCode.INTROSPECTION_UNAVAILABLE.exception();
        }
        return export;
    }

    private CoreDescription description(TenantVmKey key, PhysicalMemory memory) {
        List<VcpuRegisters> vcpus = hosts.registers(key);
        return switch (Kernel.open(memory, vcpus, profiles)) {
            case KernelOpening.Opened(Kernel kernel) -> CoreDescription.of(kernel, vcpus);
            case KernelOpening.Refused refused -> CoreDescription.of(vcpus);
        };
    }
}
