// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.appliance.host.Hosts;
import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.appliance.vm.VmRecord;
import dev.umbra.appliance.vm.VmRecords;
import dev.umbra.cloudhypervisor.CloudVmKey;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Looks into the VMs of all records and into the cloud VMs they run in, each by a worker of its own. Callers have asked who may. A record whose VM is gone
 * keeps its worker until it is bound anew, released or deleted, so that what was seen last can still be read.
 */
public final class IntrospectionService implements AutoCloseable {
    private static final int CLOSING_SECONDS = 2;

    private final IntrospectionProperties limits;
    private final InspectorFactory inspectors;
    private final FindingsReporter reporter;
    private final VmRecords records;
    private final Hosts hosts;
    private final IntrospectionCounters counters;
    private final InstantSource clock;
    private final ExecutorService scanners;
    private final Map<UUID, VmWorker> ofRecords = new HashMap<>();
    private final Map<CloudVmKey, VmWorker> ofCloudVms = new HashMap<>();
    private boolean closed;

    IntrospectionService(
            IntrospectionProperties limits,
            InspectorFactory inspectors,
            FindingsReporter reporter,
            VmRecords records,
            Hosts hosts,
            IntrospectionCounters counters,
            InstantSource clock) {
        this.limits = limits;
        this.inspectors = inspectors;
        this.reporter = reporter;
        this.records = records;
        this.hosts = hosts;
        this.counters = counters;
        this.clock = clock;
        this.scanners = Executors.newFixedThreadPool(
                limits.threads(),
                Thread.ofPlatform().name("introspection-", 0).daemon().factory());
    }

    /** Begins to look after VMs that have enrolled and after cloud VMs, and stops with those that are released, deleted or gone. */
    public void refresh() {
        if (!limits.enabled()) {
            return;
        }
        Map<UUID, Target> bound = new HashMap<>();
        records.all()
                .forEach(record -> record.binding().ifPresent(vm -> bound.put(record.id(), new Target.Tenant(vm))));
        Map<CloudVmKey, Target> cloudVms = new HashMap<>();
        if (limits.cloudVms()) {
            hosts.cloudVms().forEach(vm -> cloudVms.put(vm, new Target.Cloud(vm)));
        }
        synchronized (this) {
            lookAfter(ofRecords, bound);
            lookAfter(ofCloudVms, cloudVms);
        }
    }

    private <K> void lookAfter(Map<K, VmWorker> workers, Map<K, Target> targets) {
        workers.entrySet().removeIf(entry -> {
            boolean released = !entry.getValue().target().equals(targets.get(entry.getKey()));
            if (released) {
                entry.getValue().close();
            }
            return released;
        });
        if (!closed) {
            targets.forEach((key, target) -> {
                if (!workers.containsKey(key) && runs(target)) {
                    workers.put(
                            key,
                            new VmWorker(
                                    target, limits, inspectors.inspector(target), reporter, scanners, counters, clock));
                }
            });
        }
    }

    private boolean runs(Target target) {
        return switch (target) {
            case Target.Tenant tenant -> hosts.find(tenant.vm()).isPresent();
            case Target.Cloud cloud -> true;
        };
    }

    /** What is seen of the VM that is enrolled under a record. */
    public Insight of(VmRecord record) {
        return insight(
                () -> worker(record),
                "no running VM is enrolled under this record",
                record.binding().isEmpty() ? ProblemCode.VM_NOT_ENROLLED::exception : ProblemCode.VM_GONE::exception);
    }

    /** What is seen of a cloud VM: of the virtualized system itself. */
    public Insight of(CloudVmKey vm) {
        String reason =
                limits.cloudVms() ? "the cloud VM is gone" : "the configuration excludes cloud VMs from introspection";
        return insight(() -> worker(vm), reason, () -> ProblemCode.INTROSPECTION_UNAVAILABLE.exception(reason));
    }

    private Insight insight(Supplier<Optional<VmWorker>> worker, String reason, Supplier<RuntimeException> absent) {
        if (!limits.enabled()) {
            String off = "introspection is switched off in the configuration";
            return new Insight(
                    Optional.empty(),
                    () -> IntrospectionStatus.without(IntrospectionStatus.State.DISABLED, off),
                    () -> ProblemCode.INTROSPECTION_UNAVAILABLE.exception(off));
        }
        Optional<VmWorker> known = worker.get();
        if (known.isEmpty()) {
            refresh();
            known = worker.get();
        }
        return new Insight(
                known, () -> IntrospectionStatus.without(IntrospectionStatus.State.UNREACHABLE, reason), absent);
    }

    public IntrospectionProperties limits() {
        return limits;
    }

    private synchronized Optional<VmWorker> worker(VmRecord record) {
        return Optional.ofNullable(ofRecords.get(record.id()))
                .filter(worker -> record.binding()
                        .map(Target.Tenant::new)
                        .filter(worker.target()::equals)
                        .isPresent());
    }

    private synchronized Optional<VmWorker> worker(CloudVmKey vm) {
        return Optional.ofNullable(ofCloudVms.get(vm));
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            List.of(ofRecords, ofCloudVms).forEach(workers -> {
                workers.values().forEach(VmWorker::close);
                workers.clear();
            });
        }
        scanners.shutdown();
        try {
            scanners.awaitTermination(CLOSING_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
