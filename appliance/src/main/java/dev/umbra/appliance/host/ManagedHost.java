// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.host;

import dev.umbra.cloudhypervisor.CloudHost;
import dev.umbra.cloudhypervisor.CloudHostListener;
import dev.umbra.cloudhypervisor.CloudVmKey;
import dev.umbra.cloudhypervisor.HostAlarm;
import dev.umbra.cloudhypervisor.TenantVm;
import dev.umbra.cloudhypervisor.TenantVmCounters;
import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.cloudhypervisor.journal.JournalException;
import dev.umbra.ultracall.HypervisorCounter;
import dev.umbra.ultracall.UltracallStatus;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A host and what was last heard of it. The listener half runs on the host's loop thread and only notes things down; whatever must
 * be stored goes through {@link HostEvents}, which has a thread of its own.
 */
final class ManagedHost implements CloudHostListener, AutoCloseable {
    private record Observed(Instant lastActivity, TenantVmCounters counters) {}

    private record Attachment(boolean attached, Instant since, Optional<String> reason) {}

    private final String name;
    private final HostEvents events;
    private final InstantSource clock;
    private final CloudHost host;
    private final Map<TenantVmKey, Observed> observed = new ConcurrentHashMap<>();
    private volatile Attachment attachment;
    private volatile TenantVmCounters counters;

    ManagedHost(HostProperties properties, CloudHostFactory factory, HostEvents events, InstantSource clock) {
        this.name = properties.name();
        this.events = events;
        this.clock = clock;
        this.attachment = new Attachment(false, clock.instant(), Optional.of("not attached yet"));
        this.host = factory.create(properties, this);
    }

    String name() {
        return name;
    }

    CloudHost host() {
        return host;
    }

    void start() {
        try {
            host.start();
        } catch (JournalException unusable) {
            throw new IllegalStateException("the state directory of host " + name + " cannot be used", unusable);
        }
    }

    HostSnapshot snapshot() {
        Attachment now = attachment;
        return new HostSnapshot(
                name,
                host.attached(),
                host.instance(),
                now.since,
                now.reason,
                host.cloudVms().size(),
                host.tenantVms().size(),
                Optional.ofNullable(counters),
                host.statistics(),
                host.linkStatistics());
    }

    List<CloudVmKey> cloudVms() {
        return host.instance().stream()
                .flatMap(instance -> host.cloudVms().stream().map(vm -> new CloudVmKey(instance, vm.id())))
                .toList();
    }

    List<LiveVm> vms() {
        return host.tenantVms().stream().map(this::live).toList();
    }

    Optional<LiveVm> vm(TenantVmKey key) {
        return host.tenantVm(key).map(this::live);
    }

    /** Asks the module for its counters; the answers are noted when they come. */
    void poll() {
        if (!host.attached()) {
            return;
        }
        host.counters().thenAccept(values -> counters = values);
        for (TenantVm vm : host.tenantVms()) {
            host.counters(vm.key())
                    .thenAccept(values -> observed.compute(vm.key(), (key, before) -> {
                        boolean ran = before == null
                                || before.counters == null
                                || before.counters.value(HypervisorCounter.ENTRIES)
                                        != values.value(HypervisorCounter.ENTRIES);
                        return new Observed(ran ? clock.instant() : before.lastActivity, values);
                    }));
        }
    }

    @Override
    public void attached(UUID hostInstance) {
        attachment = new Attachment(true, clock.instant(), Optional.empty());
        events.attached(name, hostInstance);
    }

    @Override
    public void detached(String reason) {
        boolean before = attachment.attached;
        attachment = new Attachment(false, clock.instant(), Optional.of(reason));
        if (before) {
            events.detached(name, reason);
        }
    }

    @Override
    public void tenantVmAppeared(TenantVm vm) {
        observed.put(vm.key(), new Observed(clock.instant(), null));
    }

    @Override
    public void tenantVmGone(TenantVm vm) {
        observed.remove(vm.key());
    }

    @Override
    public void alarm(HostAlarm alarm) {
        events.alarm(name, alarm);
    }

    @Override
    public void enrolment(TenantVm vm, UltracallStatus status, int privilege) {
        if (status == UltracallStatus.RATE_LIMITED) {
            events.enrolmentThrottled(vm.key());
        }
    }

    @Override
    public void close() {
        host.close();
    }

    private LiveVm live(TenantVm vm) {
        Observed seen = observed.get(vm.key());
        return new LiveVm(
                name,
                host.attached(),
                vm,
                seen == null ? attachment.since : seen.lastActivity,
                seen == null ? Optional.empty() : Optional.ofNullable(seen.counters));
    }
}
