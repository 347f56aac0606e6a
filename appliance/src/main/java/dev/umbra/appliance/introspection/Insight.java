// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.appliance.problem.ProblemCode;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Supplier;

/** What is seen of one VM, and how it can be looked at anew. Got from {@link IntrospectionService} for one request. */
public final class Insight {
    private final Optional<VmWorker> worker;
    private final Supplier<IntrospectionStatus> withoutWorker;
    private final Supplier<RuntimeException> absent;

    /**
     * @param withoutWorker the status if nobody looks after the VM
     * @param absent why everything else is refused then
     */
    Insight(Optional<VmWorker> worker, Supplier<IntrospectionStatus> withoutWorker, Supplier<RuntimeException> absent) {
        this.worker = worker;
        this.withoutWorker = withoutWorker;
        this.absent = absent;
    }

    public IntrospectionStatus status() {
        return worker.map(VmWorker::status).orElseGet(withoutWorker);
    }

    /** Whether the VM may be held for a scan. */
    public boolean mayBeHeld() {
        return worker.filter(VmWorker::mayBeHeld).isPresent();
    }

    /** Has a scan made as soon as one can be. */
    public Scan request(ScanRequest request) {
        if (request.mode() == ScanMode.PAUSED && !present().mayBeHeld()) {
            throw ProblemCode.SCAN_PAUSE_NOT_ALLOWED.exception();
        }
        return present().request(request).orElseThrow(ProblemCode.SCAN_IN_PROGRESS::exception);
    }

    /** Scans that are remembered, newest first. */
    public List<Scan> scans() {
        return present().scans();
    }

    public Scan scan(UUID id) {
        return scans().stream()
                .filter(scan -> scan.id().equals(id))
                .findFirst()
                .orElseThrow(ProblemCode.SCAN_NOT_FOUND::exception);
    }

    /** Moments that are kept, oldest first. */
    public List<Moment> moments() {
        return present().history().all();
    }

    public Moment moment(long id) {
        return present().history().find(id).orElseThrow(ProblemCode.MOMENT_NOT_FOUND::exception);
    }

    /**
     * The moment at which a section is to be read.
     *
     * @param id the newest that has the section, if empty
     */
    public Moment momentOf(Section section, OptionalLong id) {
        MomentHistory history = present().history();
        Optional<Moment> found = id.isEmpty() ? history.newestWith(section) : history.find(id.getAsLong());
        return found.filter(moment -> moment.sections().containsKey(section)).orElseThrow(this::notSeen);
    }

    /** What changed in a section; empty if one of the moments does not have it. */
    public static Optional<MomentDifference> difference(Section section, Moment from, Moment to) {
        SectionFacts before = from.sections().get(section);
        SectionFacts after = to.sections().get(section);
        return before == null || after == null
                ? Optional.empty()
                : Optional.of(MomentDifference.of(section, before, after));
    }

    /** What the newest moment's detection could not check; empty if there is none. */
    public List<Gap> detectionGaps() {
        return worker.flatMap(known -> known.history().all().reversed().stream().findFirst())
                .map(Moment::detectionGaps)
                .orElse(List.of());
    }

    /** Nothing was seen yet: by a refusal, which is the VM's to mend, or because no scan has ended. */
    private RuntimeException notSeen() {
        IntrospectionStatus status = status();
        return switch (status.state()) {
            case REFUSED -> ProblemCode.KERNEL_REFUSED.exception(status.reason().orElseThrow());
            case UNREACHABLE ->
                ProblemCode.INTROSPECTION_UNAVAILABLE.exception(status.reason().orElseThrow());
            case DISABLED, WAITING, READY -> ProblemCode.MOMENT_NOT_FOUND.exception();
        };
    }

    private VmWorker present() {
        return worker.orElseThrow(absent);
    }
}
