// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.introspection.Fact;
import dev.umbra.appliance.introspection.FactFilter;
import dev.umbra.appliance.introspection.Insight;
import dev.umbra.appliance.introspection.IntrospectionService;
import dev.umbra.appliance.introspection.Moment;
import dev.umbra.appliance.introspection.NetworkFact;
import dev.umbra.appliance.introspection.Section;
import dev.umbra.appliance.vm.VmAction;
import dev.umbra.appliance.vm.VmDirectory;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** What scans saw in a VM. For the owner of the VM alone. */
@RestController
@RequestMapping("/api/v1/vms/{vm}/introspection")
@Tag(name = "Introspection", description = "For the VM's own tenant alone, but for its state and findings")
class FactController {
    private static final int USUAL_PAGE = 200;

    /** Which part of a section is wanted. */
    record Part(
            @Parameter(description = "Id of a moment; the newest that has the section, if absent")
            Long moment,

            @Parameter(description = "Must occur in one of the values, whatever its case")
            String q,

            @Parameter(description = "Only of this process") Integer pid,

            @Parameter(description = "Facts to skip") Integer offset,

            @Parameter(description = "Facts at most, 1 to 1000; 200 if absent")
            Integer limit) {
        <F extends Fact> FactPage<F> of(Insight insight, Section section, Class<F> type) {
            Moment seen = insight.momentOf(section, moment == null ? OptionalLong.empty() : OptionalLong.of(moment));
            FactFilter filter =
                    new FactFilter(Optional.ofNullable(q), pid == null ? OptionalInt.empty() : OptionalInt.of(pid));
            return FactPage.of(
                    seen,
                    seen.sections().get(section),
                    type,
                    filter,
                    offset == null ? 0 : offset,
                    limit == null ? USUAL_PAGE : limit);
        }
    }

    private final VmDirectory directory;
    private final IntrospectionService introspection;

    FactController(VmDirectory directory, IntrospectionService introspection) {
        this.directory = directory;
        this.introspection = introspection;
    }

    @GetMapping("/processes")
    @Operation(summary = "Processes, kernel threads included")
    FactPage<Fact.Process> processes(
            @PathVariable String vm, @ParameterObject Part part, @AuthenticationPrincipal Account account) {
        return page(account, vm, Section.PROCESSES, Fact.Process.class, part);
    }

    @GetMapping("/threads")
    @Operation(summary = "Threads of all processes")
    FactPage<Fact.Thread> threads(
            @PathVariable String vm, @ParameterObject Part part, @AuthenticationPrincipal Account account) {
        return page(account, vm, Section.THREADS, Fact.Thread.class, part);
    }

    @GetMapping("/modules")
    @Operation(summary = "Loaded kernel modules")
    FactPage<Fact.Module> modules(
            @PathVariable String vm, @ParameterObject Part part, @AuthenticationPrincipal Account account) {
        return page(account, vm, Section.MODULES, Fact.Module.class, part);
    }

    @GetMapping("/sockets")
    @Operation(summary = "Sockets of all network namespaces")
    FactPage<NetworkFact.Socket> sockets(
            @PathVariable String vm, @ParameterObject Part part, @AuthenticationPrincipal Account account) {
        return page(account, vm, Section.SOCKETS, NetworkFact.Socket.class, part);
    }

    @GetMapping("/files")
    @Operation(summary = "Open files of all processes")
    FactPage<Fact.OpenFile> files(
            @PathVariable String vm, @ParameterObject Part part, @AuthenticationPrincipal Account account) {
        return page(account, vm, Section.FILES, Fact.OpenFile.class, part);
    }

    @GetMapping("/maps")
    @Operation(summary = "Memory maps of all processes")
    FactPage<Fact.Mapping> maps(
            @PathVariable String vm, @ParameterObject Part part, @AuthenticationPrincipal Account account) {
        return page(account, vm, Section.MAPS, Fact.Mapping.class, part);
    }

    @GetMapping("/mounts")
    @Operation(summary = "Mounts of all mount namespaces")
    FactPage<Fact.Mount> mounts(
            @PathVariable String vm, @ParameterObject Part part, @AuthenticationPrincipal Account account) {
        return page(account, vm, Section.MOUNTS, Fact.Mount.class, part);
    }

    @GetMapping("/log")
    @Operation(summary = "The kernel's log")
    FactPage<Fact.LogRecord> log(
            @PathVariable String vm, @ParameterObject Part part, @AuthenticationPrincipal Account account) {
        return page(account, vm, Section.LOG, Fact.LogRecord.class, part);
    }

    @GetMapping("/interfaces")
    @Operation(summary = "Network interfaces of all network namespaces")
    FactPage<NetworkFact.NetworkInterface> interfaces(
            @PathVariable String vm, @ParameterObject Part part, @AuthenticationPrincipal Account account) {
        return page(account, vm, Section.INTERFACES, NetworkFact.NetworkInterface.class, part);
    }

    @GetMapping("/bpf")
    @Operation(summary = "Loaded eBPF programs")
    FactPage<Fact.BpfProgram> bpf(
            @PathVariable String vm, @ParameterObject Part part, @AuthenticationPrincipal Account account) {
        return page(account, vm, Section.BPF, Fact.BpfProgram.class, part);
    }

    @GetMapping("/containers")
    @Operation(summary = "Containers, by cgroup and namespaces")
    FactPage<Fact.Container> containers(
            @PathVariable String vm, @ParameterObject Part part, @AuthenticationPrincipal Account account) {
        return page(account, vm, Section.CONTAINERS, Fact.Container.class, part);
    }

    private <F extends Fact> FactPage<F> page(Account account, String vm, Section section, Class<F> type, Part part) {
        return part.of(introspection.of(directory.require(account, vm, VmAction.INTROSPECT)), section, type);
    }
}
