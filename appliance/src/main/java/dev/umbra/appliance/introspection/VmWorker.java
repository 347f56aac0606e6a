// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after one running VM: scans it when due and when asked, one scan at a time, and keeps what was seen. Its own thread is virtual and only waits; the
 * work is done by the scanning threads, which all workers share and of which there are few.
 *
 * <p>It belongs to one binding of one VM record. A record that is bound anew gets a new worker, so that nothing seen of one VM is ever
 * shown as another's. The same holds for a cloud VM, which is what it is until its host's module is loaded anew.
 */
final class VmWorker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(VmWorker.class);
    /** A VM that boots is refused until its kernel is there. */
    private static final Duration RETRY = Duration.ofSeconds(30);

    private static final int REFUSALS_OF_A_LOST_VM = 3;
    private static final int WAITING = 1;

    private final Target target;
    private final IntrospectionProperties limits;
    private final Inspector inspector;
    private final FindingsReporter reporter;
    private final ExecutorService scanners;
    private final IntrospectionCounters counters;
    private final InstantSource clock;
    private final BlockingQueue<Scan> requests = new ArrayBlockingQueue<>(WAITING);
    private final Deque<Scan> scans = new ArrayDeque<>();
    private final MomentHistory history;
    private final Pace pace;
    private final Thread thread;
    private Scan current;
    private Scan last;
    private KernelIdentity kernel;
    private int refusals;
    private Instant nextScan;
    private volatile boolean closed;

    VmWorker(
            Target target,
            IntrospectionProperties limits,
            Inspector inspector,
            FindingsReporter reporter,
            ExecutorService scanners,
            IntrospectionCounters counters,
            InstantSource clock) {
        this.target = target;
        this.limits = limits;
        this.inspector = inspector;
        this.reporter = reporter;
        this.scanners = scanners;
        this.counters = counters;
        this.clock = clock;
        this.history = new MomentHistory(limits.moments(), limits.historySize().toBytes());
        this.pace = new Pace(limits.processorShare());
        this.nextScan = limits.interval().isZero() ? null : clock.instant();
        this.thread = Thread.ofVirtual().name("introspection-" + target).start(this::work);
    }

    Target target() {
        return target;
    }

    MomentHistory history() {
        return history;
    }

    /** Has a scan made next; empty if one waits already. */
    Optional<Scan> request(ScanRequest request) {
        Scan scan = new Scan(request, clock);
        synchronized (this) {
            if (closed || !requests.offer(scan)) {
                counters.requestRefused();
                return Optional.empty();
            }
            remember(scan);
            return Optional.of(scan);
        }
    }

    /** Newest first. */
    synchronized List<Scan> scans() {
        return List.copyOf(scans.reversed());
    }

    synchronized IntrospectionStatus status() {
        Optional<Scan> ended = lastEnded();
        return new IntrospectionStatus(
                state(ended),
                ended.flatMap(scan -> scan.progress().reason()),
                Optional.ofNullable(kernel),
                ended,
                Optional.ofNullable(current)
                        .filter(scan -> !scan.progress().state().ended())
                        .or(() -> Optional.ofNullable(requests.peek())),
                Optional.ofNullable(nextScan),
                history.all().size());
    }

    /** Whoever waited for the end of a scan may ask before that scan has been settled. */
    private Optional<Scan> lastEnded() {
        return Optional.ofNullable(current)
                .filter(scan -> scan.progress().state().ended())
                .or(() -> Optional.ofNullable(last));
    }

    private static IntrospectionStatus.State state(Optional<Scan> ended) {
        if (ended.isEmpty()) {
            return IntrospectionStatus.State.WAITING;
        }
        return switch (ended.get().progress().state()) {
            case COMPLETED, PARTIAL -> IntrospectionStatus.State.READY;
            case REFUSED -> IntrospectionStatus.State.REFUSED;
            case FAILED, CANCELLED, QUEUED, RUNNING -> IntrospectionStatus.State.UNREACHABLE;
        };
    }

    private void work() {
        try {
            while (!closed) {
                Scan scan = next();
                if (scan != null) {
                    perform(scan);
                }
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        } finally {
            for (Scan left = requests.poll(); left != null; left = requests.poll()) {
                left.ended(ScanState.CANCELLED, "the VM is no longer looked after");
            }
        }
    }

    /** The scan that is due, or null when there is none yet. */
    private Scan next() throws InterruptedException {
        Instant due;
        synchronized (this) {
            due = nextScan;
        }
        Scan asked = due == null
                ? requests.take()
                : requests.poll(
                        Math.max(0, Duration.between(clock.instant(), due).toMillis()), TimeUnit.MILLISECONDS);
        if (asked != null || clock.instant().isBefore(due)) {
            return asked;
        }
        Scan scheduled = new Scan(ScanRequest.everything(mode(), ScanRequest.Trigger.SCHEDULE), clock);
        synchronized (this) {
            remember(scheduled);
        }
        return scheduled;
    }

    private ScanMode mode() {
        return mayBeHeld() ? limits.mode() : ScanMode.LIVE;
    }

    /** Whether the VM may be held for a scan: all tenants would be with their cloud VM. */
    boolean mayBeHeld() {
        return target instanceof Target.Tenant && !limits.maximumPause().isZero();
    }

    private void perform(Scan scan) throws InterruptedException {
        synchronized (this) {
            current = scan;
        }
        try {
            scanners.submit(() -> inspect(scan)).get();
        } catch (ExecutionException failure) {
            scan.ended(ScanState.FAILED, "the appliance failed");
            log.error("A scan of VM {} failed", target, failure.getCause());
        } catch (RejectedExecutionException closing) {
            scan.ended(ScanState.CANCELLED, "the appliance stops");
        } finally {
            scan.ended(ScanState.CANCELLED, "the VM is no longer looked after");
            settle(scan);
        }
    }

    private void inspect(Scan scan) {
        scan.started();
        pace.start();
        Instant at = clock.instant();
        try {
            switch (inspector.inspect(scan.request(), new Watcher(scan))) {
                case Inspector.Inspection.Seen seen -> keep(scan, at, seen);
                case Inspector.Inspection.Refused refused -> refuse(scan, refused.reason());
                case Inspector.Inspection.Unreachable gone -> scan.ended(ScanState.FAILED, gone.reason());
            }
        } catch (CancellationException closing) {
            scan.ended(ScanState.CANCELLED, "the VM is no longer looked after");
        }
    }

    /** A VM that boots is refused for a while; one that was read before and is refused again and again is worth an alarm. */
    private void refuse(Scan scan, String reason) {
        if (!history.all().isEmpty() && ++refusals == REFUSALS_OF_A_LOST_VM) {
            reporter.lost(target, reason);
        }
        scan.ended(ScanState.REFUSED, reason);
    }

    private void keep(Scan scan, Instant at, Inspector.Inspection.Seen seen) {
        Moment moment = new Moment(
                history.nextId(),
                at,
                scan.request().mode(),
                seen.pause(),
                seen.kernel(),
                bounded(seen.sections()),
                seen.detection().map(Inspector.Detection::gaps).orElse(List.of()));
        synchronized (this) {
            kernel = seen.kernel();
        }
        if (refusals >= REFUSALS_OF_A_LOST_VM) {
            reporter.regained(target);
        }
        refusals = 0;
        if (!closed) {
            seen.detection().ifPresent(detection -> reporter.report(target, detection));
        }
        scan.ended(history.add(moment));
    }

    /** Cuts what would not fit, the longest sections first to be cut, and says so. */
    private Map<Section, SectionFacts> bounded(Map<Section, SectionFacts> sections) {
        long left = limits.momentSize().toBytes();
        Map<Section, SectionFacts> kept = new EnumMap<>(Section.class);
        List<Map.Entry<Section, SectionFacts>> shortestFirst = sections.entrySet().stream()
                .sorted((one, other) -> Integer.compare(
                        one.getValue().facts().size(), other.getValue().facts().size()))
                .toList();
        for (Map.Entry<Section, SectionFacts> entry : shortestFirst) {
            SectionFacts fitting = entry.getValue().within(left);
            kept.put(entry.getKey(), fitting);
            left -= fitting.size();
        }
        return kept;
    }

    private synchronized void settle(Scan scan) {
        counters.ended(scan.progress());
        last = scan;
        current = null;
        if (!limits.interval().isZero()) {
            boolean seen = state(Optional.of(scan)) == IntrospectionStatus.State.READY;
            Duration wait = seen || limits.interval().compareTo(RETRY) < 0 ? limits.interval() : RETRY;
            if (scan.request().trigger() == ScanRequest.Trigger.SCHEDULE || !nextScan.isAfter(clock.instant())) {
                nextScan = clock.instant().plus(wait);
            }
        }
    }

    private void remember(Scan scan) {
        scans.addLast(scan);
        if (scans.size() > limits.scans()) {
            scans.removeFirst();
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }

    private final class Watcher implements Inspector.Watcher {
        private final Scan scan;

        Watcher(Scan scan) {
            this.scan = scan;
        }

        @Override
        public void step(String name) {
            scan.step(name);
            continueOrStop();
        }

        @Override
        public void saw(long facts) {
            scan.saw(facts);
            continueOrStop();
        }

        private void continueOrStop() {
            if (closed) {
                throw new CancellationException();
            }
            pace.keep();
        }
    }
}
