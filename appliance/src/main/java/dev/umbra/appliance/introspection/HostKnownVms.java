// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.appliance.host.Hosts;
import dev.umbra.appliance.problem.ApplianceException;
import dev.umbra.cloudhypervisor.CloudVmKey;
import dev.umbra.cloudhypervisor.TenantVm;
import dev.umbra.introspection.detect.KnownVms;
import dev.umbra.ultracall.HypervisorCounter;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/** The tenant VMs of a cloud VM, as its host knows them, and by its counters whether they run. */
final class HostKnownVms implements KnownVms {
    private static final Duration STEP = Duration.ofMillis(100);
    private static final int STEPS = 10;

    private final Hosts hosts;
    private final CloudVmKey cloudVm;

    HostKnownVms(Hosts hosts, CloudVmKey cloudVm) {
        this.hosts = hosts;
        this.cloudVm = cloudVm;
    }

    @Override
    public List<TenantVm> all() {
        return hosts.tenantVms(cloudVm);
    }

    @Override
    public Set<TenantVm> entered(Collection<TenantVm> vms) {
        Map<TenantVm, Long> before = new HashMap<>();
        vms.forEach(vm -> entries(vm).ifPresent(entries -> before.put(vm, entries)));
        Set<TenantVm> entered = new HashSet<>();
        for (int step = 0; step < STEPS && !before.isEmpty(); step++) {
            try {
                Thread.sleep(STEP);
            } catch (InterruptedException closing) {
                Thread.currentThread().interrupt();
                break;
            }
            before.entrySet().removeIf(known -> {
                OptionalLong now = entries(known.getKey());
                return now.isPresent() && now.getAsLong() != known.getValue() && entered.add(known.getKey());
            });
        }
        return entered;
    }

    private OptionalLong entries(TenantVm vm) {
        try {
            return OptionalLong.of(hosts.counters(vm.key()).value(HypervisorCounter.ENTRIES));
        } catch (ApplianceException gone) {
            return OptionalLong.empty();
        }
    }
}
