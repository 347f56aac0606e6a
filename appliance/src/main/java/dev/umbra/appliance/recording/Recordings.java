// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.recording;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditQueue;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.appliance.vm.VmRecord;
import dev.umbra.remoteconsole.recording.RecordingEnd;
import dev.umbra.remoteconsole.recording.ScreenRecorder;
import dev.umbra.remoteconsole.recording.ScreenRecorderConfig;
import dev.umbra.remoteconsole.rfb.RfbGrant;
import dev.umbra.remoteconsole.rfb.RfbSessionCounters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Who is recorded, and what was. Callers have asked the access policy. A VM has one recording in progress at most; it ends when
 * somebody stops it, at its limits, or with the console, and is kept with its record until it is among the oldest of too many.
 */
public final class Recordings implements AutoCloseable {
    private record InProgress(String id, ScreenRecorder recorder) {}

    private final RecordingFiles files;
    private final RecordingProperties limits;
    private final RfbSessionCounters counters;
    private final AuditTrail audit;
    private final AuditQueue queue;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<UUID, InProgress> inProgress = new HashMap<>();

    public Recordings(
            Path directory,
            RecordingProperties limits,
            RfbSessionCounters counters,
            AuditTrail audit,
            AuditQueue queue,
            InstantSource clock) {
        this.files = new RecordingFiles(directory, clock);
        this.limits = limits;
        this.counters = counters;
        this.audit = audit;
        this.queue = queue;
        this.clock = clock;
    }

    /** Begins to record the screen that the grant opens. */
    public synchronized Recording start(Account account, VmRecord vm, RfbGrant grant, String address) {
        if (inProgress.containsKey(vm.id())) {
            throw ProblemCode.RECORDING_IN_PROGRESS.exception();
        }
        if (inProgress.size() >= limits.atOnce()) {
            throw ProblemCode.TOO_MANY_RECORDINGS.exception();
        }
        byte[] suffix = new byte[Integer.BYTES];
        random.nextBytes(suffix);
        String id = RecordingFiles.id(clock.instant(), HexFormat.of().formatHex(suffix));
        try {
            files.prune(vm.id(), limits.perVm() - 1, limits.sizePerVm().toBytes(), "");
            ScreenRecorder recorder = ScreenRecorder.start(
                            grant,
                            "recording of " + account.name(),
                            files.create(vm.id(), id),
                            new ScreenRecorderConfig(
                                    limits.maximumSize().toBytes(),
                                    limits.maximumDuration(),
                                    ScreenRecorderConfig.defaults().interval()),
                            counters,
                            end -> Thread.startVirtualThread(() -> ended(vm, id, end)))
                    .orElseThrow(ProblemCode.TOO_MANY_SESSIONS::exception);
            inProgress.put(vm.id(), new InProgress(id, recorder));
        } catch (IOException failure) {
            throw new UncheckedIOException("a recording cannot be made", failure);
        }
        record(AuditKind.RECORDING_STARTED, account, vm, id, address);
        return find(vm, id);
    }

    /** Recordings of a VM, newest first. */
    public List<Recording> list(VmRecord vm) {
        return files.list(vm.id(), present(vm));
    }

    public Recording find(VmRecord vm, String id) {
        return files.find(vm.id(), id, present(vm)).orElseThrow(ProblemCode.RECORDING_NOT_FOUND::exception);
    }

    /** The file of a recording, for somebody who is going to read it now. */
    public Path open(Account account, VmRecord vm, String id, String address) {
        Path file = files.file(vm.id(), id).orElseThrow(ProblemCode.RECORDING_NOT_FOUND::exception);
        record(AuditKind.RECORDING_DOWNLOADED, account, vm, id, address);
        return file;
    }

    /** Ends a recording; one that has ended is left as it is. */
    public Recording stop(VmRecord vm, String id) {
        current(vm).filter(current -> current.id.equals(id)).ifPresent(current -> {
            current.recorder.close();
            forget(vm, id);
        });
        return find(vm, id);
    }

    /** Removes a recording, and ends it before if need be. */
    public void delete(Account account, VmRecord vm, String id, String address) {
        stop(vm, id);
        files.delete(vm.id(), id);
        record(AuditKind.RECORDING_DELETED, account, vm, id, address);
    }

    /** Removes the recordings of records that are gone. */
    public void prune(Predicate<UUID> exists) {
        files.pruneUnknown(exists);
    }

    /** Screens recorded now. */
    public synchronized int inProgress() {
        return inProgress.size();
    }

    @Override
    public void close() {
        List<InProgress> all;
        synchronized (this) {
            all = List.copyOf(inProgress.values());
        }
        all.forEach(each -> each.recorder.close());
    }

    private void ended(VmRecord vm, String id, RecordingEnd end) {
        forget(vm, id);
        files.prune(vm.id(), limits.perVm(), limits.sizePerVm().toBytes(), present(vm));
        queue.offer(AuditEvent.of(AuditKind.RECORDING_ENDED)
                .on(vm.id(), vm.tenant())
                .subject(id)
                .detail(end.name().toLowerCase(Locale.ROOT).replace('_', ' ')));
    }

    private synchronized void forget(VmRecord vm, String id) {
        inProgress.computeIfPresent(vm.id(), (key, current) -> current.id.equals(id) ? null : current);
    }

    private synchronized Optional<InProgress> current(VmRecord vm) {
        return Optional.ofNullable(inProgress.get(vm.id()));
    }

    private String present(VmRecord vm) {
        return current(vm).map(InProgress::id).orElse("");
    }

    private void record(AuditKind kind, Account account, VmRecord vm, String id, String address) {
        audit.record(AuditEvent.of(kind)
                .by(account)
                .on(vm.id(), vm.tenant())
                .from(address)
                .subject(id));
    }
}
