// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.appliance.host.Hosts;
import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.appliance.vm.VmRecord;
import dev.umbra.appliance.vm.VmRecords;
import dev.umbra.cloudhypervisor.TenantVmKey;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Looks into the VMs of all records, each by a worker of its own. Callers have asked the access policy. A record whose VM is gone
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
    private final Map<UUID, VmWorker> workers = new HashMap<>();
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

    /** Begins to look after VMs that have enrolled and stops with records that are released or deleted. */
    public void refresh() {
        if (!limits.enabled()) {
            return;
        }
        List<VmRecord> all = records.all();
        synchronized (this) {
            Set<UUID> bound = new HashSet<>();
            for (VmRecord record : all) {
                record.binding().ifPresent(vm -> {
                    bound.add(record.id());
                    lookAfter(record.id(), vm);
                });
            }
            workers.entrySet().removeIf(entry -> {
                boolean released = !bound.contains(entry.getKey());
                if (released) {
                    entry.getValue().close();
                }
                return released;
            });
        }
    }

    private void lookAfter(UUID record, TenantVmKey vm) {
        VmWorker worker = workers.get(record);
        if (worker != null && worker.vm().equals(vm)) {
            return;
        }
        if (worker != null) {
            worker.close();
            workers.remove(record);
        }
        if (!closed && hosts.find(vm).isPresent()) {
            workers.put(
                    record, new VmWorker(vm, limits, inspectors.inspector(vm), reporter, scanners, counters, clock));
        }
    }

    public IntrospectionStatus status(VmRecord record) {
        if (!limits.enabled()) {
            return IntrospectionStatus.without(
                    IntrospectionStatus.State.DISABLED, "introspection is switched off in the configuration");
        }
        return worker(record)
                .map(VmWorker::status)
                .orElseGet(() -> IntrospectionStatus.without(
                        IntrospectionStatus.State.UNREACHABLE, "no running VM is enrolled under this record"));
    }

    /** Has a scan made as soon as one can be. */
    public Scan request(VmRecord record, ScanRequest request) {
        if (request.mode() == ScanMode.PAUSED && limits.maximumPause().isZero()) {
            throw ProblemCode.SCAN_PAUSE_NOT_ALLOWED.exception();
        }
        return present(record).request(request).orElseThrow(ProblemCode.SCAN_IN_PROGRESS::exception);
    }

    /** Scans that are remembered, newest first. */
    public List<Scan> scans(VmRecord record) {
        return present(record).scans();
    }

    public Scan scan(VmRecord record, UUID id) {
        return scans(record).stream()
                .filter(scan -> scan.id().equals(id))
                .findFirst()
                .orElseThrow(ProblemCode.SCAN_NOT_FOUND::exception);
    }

    /** Moments that are kept, oldest first. */
    public List<Moment> moments(VmRecord record) {
        return present(record).history().all();
    }

    public Moment moment(VmRecord record, long id) {
        return present(record).history().find(id).orElseThrow(ProblemCode.MOMENT_NOT_FOUND::exception);
    }

    /**
     * The moment at which a section is to be read.
     *
     * @param id the newest that has the section, if empty
     */
    public Moment momentOf(VmRecord record, Section section, OptionalLong id) {
        MomentHistory history = present(record).history();
        Optional<Moment> found = id.isEmpty() ? history.newestWith(section) : history.find(id.getAsLong());
        return found.filter(moment -> moment.sections().containsKey(section)).orElseThrow(() -> notSeen(record));
    }

    /** What changed in a section; empty if one of the moments does not have it. */
    public Optional<MomentDifference> difference(Section section, Moment from, Moment to) {
        SectionFacts before = from.sections().get(section);
        SectionFacts after = to.sections().get(section);
        return before == null || after == null
                ? Optional.empty()
                : Optional.of(MomentDifference.of(section, before, after));
    }

    /** What the newest moment's detection could not check; empty if there is none. */
    public List<Gap> detectionGaps(VmRecord record) {
        return worker(record)
                .flatMap(worker -> worker.history().all().reversed().stream().findFirst())
                .map(Moment::detectionGaps)
                .orElse(List.of());
    }

    public IntrospectionProperties limits() {
        return limits;
    }

    /** Nothing was seen yet: by a refusal, which is the tenant's to mend, or because no scan has ended. */
    private RuntimeException notSeen(VmRecord record) {
        IntrospectionStatus status = status(record);
        return switch (status.state()) {
            case REFUSED -> ProblemCode.KERNEL_REFUSED.exception(status.reason().orElseThrow());
            case UNREACHABLE ->
                ProblemCode.INTROSPECTION_UNAVAILABLE.exception(status.reason().orElseThrow());
            case DISABLED, WAITING, READY -> ProblemCode.MOMENT_NOT_FOUND.exception();
        };
    }

    private VmWorker present(VmRecord record) {
        if (!limits.enabled()) {
            throw ProblemCode.INTROSPECTION_UNAVAILABLE.exception("introspection is switched off in the configuration");
        }
        if (record.binding().isEmpty()) {
            throw ProblemCode.VM_NOT_ENROLLED.exception();
        }
        return worker(record).orElseGet(() -> {
            refresh();
            return worker(record).orElseThrow(ProblemCode.VM_GONE::exception);
        });
    }

    private synchronized Optional<VmWorker> worker(VmRecord record) {
        return Optional.ofNullable(workers.get(record.id()))
                .filter(worker -> record.binding().filter(worker.vm()::equals).isPresent());
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            workers.values().forEach(VmWorker::close);
            workers.clear();
        }
        scanners.shutdown();
        try {
            scanners.awaitTermination(CLOSING_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
