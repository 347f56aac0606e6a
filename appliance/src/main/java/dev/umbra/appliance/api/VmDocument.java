// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.host.LiveVm;
import dev.umbra.appliance.vm.VmAccessPolicy;
import dev.umbra.appliance.vm.VmAction;
import dev.umbra.appliance.vm.VmState;
import dev.umbra.appliance.vm.VmView;
import dev.umbra.ultracall.HypervisorCounter;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** A VM as the API shows it. Which members are there depends on who asks. */
@Schema(name = "Vm", description = "A VM record and what is known of the VM behind it")
record VmDocument(
        @Schema(example = "5f0c6f6e-9f0b-4f0f-8a63-0f5f3a3e1c55")
        UUID id,

        @Schema(example = "tenant-a") String owner,

        @Schema(description = "unclaimed, enrolled, silent, paused, gone or disputed", example = "enrolled")
        String state,

        @Schema(description = "Unique on the appliance; the SSH user name", example = "web-1")
        String name,

        Instant createdAt,
        Instant boundAt,

        @Schema(description = "End of the secret that may still be used")
        Instant secretExpiresAt,

        @Schema(description = "Host instance and VM number of the running VM")
        String runningAs,

        @Schema(example = "local") String host,
        @Schema(example = "2") Integer vcpus,
        Integer resets,
        Instant lastActivity,
        @Schema(description = "What the owner should know") List<Notice> notices,

        @Schema(description = "What the cloud hypervisor observed")
        List<FindingDocument> findings,

        @Schema(description = "Counters of the cloud hypervisor")
        Map<String, Long> counters,

        @Schema(
                description =
                        "What the caller may do: inspect, console, log, introspect, pause, manage, claim_devices, audit")
        List<String> permissions) {
    /** A notice of a VM. */
    @Schema(name = "Notice")
    record Notice(
            @Schema(example = "secret-used-again") String code,
            String text,
            Instant firstAt,
            Instant lastAt,
            long times) {}

    static VmDocument of(VmView view, Account account, VmAccessPolicy policy) {
        List<String> permissions = Arrays.stream(VmAction.values())
                .filter(action -> policy.allows(account, view.record(), action))
                .map(action -> action.name().toLowerCase(Locale.ROOT))
                .toList();
        return policy.allows(account, view.record(), VmAction.INSPECT)
                ? complete(view, permissions)
                : outline(view, permissions);
    }

    private static VmDocument outline(VmView view, List<String> permissions) {
        return new VmDocument(
                view.record().id(),
                view.record().tenant(),
                text(view.state()),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                permissions);
    }

    private static VmDocument complete(VmView view, List<String> permissions) {
        LiveVm live = view.live().orElse(null);
        return new VmDocument(
                view.record().id(),
                view.record().tenant(),
                text(view.state()),
                view.record().name(),
                view.record().createdAt(),
                view.record().boundAt().orElse(null),
                view.record().secretExpiresAt().orElse(null),
                view.record().binding().map(Object::toString).orElse(null),
                live == null ? null : live.host(),
                live == null ? null : live.vm().vcpuCount(),
                live == null ? null : live.vm().resets(),
                live == null ? null : live.lastActivity(),
                view.notices().stream()
                        .map(notice -> new Notice(
                                Codes.text(notice.code()),
                                notice.code().text(),
                                notice.firstAt(),
                                notice.lastAt(),
                                notice.times()))
                        .toList(),
                view.findings().stream().map(FindingDocument::of).toList(),
                live == null
                        ? null
                        : live.counters()
                                .map(values -> counters(values.values()))
                                .orElse(null),
                permissions);
    }

    static Map<String, Long> counters(Map<HypervisorCounter, Long> values) {
        return values.entrySet().stream()
                .collect(Collectors.toMap(
                        entry -> Codes.text(entry.getKey()),
                        Map.Entry::getValue,
                        (first, second) -> first,
                        LinkedHashMap::new));
    }

    private static String text(VmState state) {
        return Codes.text(state);
    }
}
