// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.cloudhypervisor.CloudHostException.Reason;
import dev.umbra.cloudhypervisor.PausedMoment.End;
import dev.umbra.cloudhypervisor.PausedMoment.Outcome;
import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.FrameHeader;
import dev.umbra.ultracall.VcpuFrame;
import dev.umbra.ultracall.VcpuFrame.PauseState;
import dev.umbra.ultracall.link.HypervisorLink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Pauses for a moment that are asked for or in force. L0 names each by the sequence of its PAUSE, ends it at its bound
 * whatever happens here, and tells how it ended. One that L0 does not mention any more is given up after its bound: it
 * cannot be in force then. Belongs to the loop thread.
 */
final class Moments {
    private final HypervisorLink link;
    private final HostCounters counters;
    private final Duration timeout;
    private final LongSupplier sequences;
    private final Map<Long, Entry> entries = new HashMap<>();

    Moments(HypervisorLink link, HostCounters counters, Duration timeout, LongSupplier sequences) {
        this.link = link;
        this.counters = counters;
        this.timeout = timeout;
        this.sequences = sequences;
    }

    private static final class Entry {
        private final TenantVmKey vm;
        private final CompletableFuture<PausedMoment> begun;
        private PausedMoment moment;
        private boolean resumed;

        Entry(TenantVmKey vm, CompletableFuture<PausedMoment> begun) {
            this.vm = vm;
            this.begun = begun;
        }

        void fail(Reason reason, String message) {
            Commands.HAND_OVER.execute(() -> begun.completeExceptionally(new CloudHostException(reason, message)));
        }

        void over(Outcome outcome, Reason reason, String message) {
            if (moment == null) {
                fail(reason, message);
            } else {
                moment.over(outcome);
            }
        }
    }

    /** @param bound in milliseconds */
    void begin(TenantVmKey vm, int bound, CompletableFuture<PausedMoment> result) {
        Entry entry = new Entry(vm, result);
        if (entries.values().stream().anyMatch(other -> other.vm.equals(vm))) {
            entry.fail(Reason.REJECTED, "the VM is paused for somebody else at this moment");
            return;
        }
        long sequence = sequences.getAsLong();
        entries.put(sequence, entry);
        send(new Frame.Pause(FrameHeader.ofTenantVm(vm.tenantVm(), sequence), bound));
        link.schedule(timeout, () -> {
            if (entries.get(sequence) == entry && entry.moment == null) {
                counters.increment(HostCounter.COMMANDS_TIMED_OUT);
                entry.fail(Reason.TIMED_OUT, "the VM was not held in time");
                resume(sequence);
            }
        });
        link.schedule(timeout.plusMillis(bound), () -> lose(sequence, entry));
    }

    /** From any thread, and also when the link's queue is full. */
    private void resumeSoon(long sequence) {
        link.schedule(Duration.ZERO, () -> resume(sequence));
    }

    private void resume(long sequence) {
        Entry entry = entries.get(sequence);
        if (entry == null || entry.resumed) {
            return;
        }
        entry.resumed = true;
        send(new Frame.Resume(FrameHeader.ofTenantVm(entry.vm.tenantVm(), sequences.getAsLong()), sequence));
        link.schedule(timeout, () -> lose(sequence, entry));
    }

    /** L0 has not said how it ended. */
    private void lose(long sequence, Entry entry) {
        if (entries.remove(sequence, entry)) {
            counters.increment(HostCounter.COMMANDS_TIMED_OUT);
            entry.over(Outcome.LOST, Reason.TIMED_OUT, "the host did not answer in time");
        }
    }

    private void send(Frame frame) {
        link.send(frame);
        link.flush();
    }

    void paused(VcpuFrame.Paused frame) {
        long sequence = frame.header().sequence();
        Entry entry = entries.get(sequence);
        if (entry == null || entry.vm.tenantVm() != frame.header().tenantVm()) {
            return;
        }
        if (frame.state() == PauseState.HELD) {
            held(sequence, entry, Duration.ofNanos(frame.settled()));
            return;
        }
        entries.remove(sequence);
        End end = frame.state() == PauseState.ENDED ? End.RESUMED : End.EXPIRED;
        entry.over(new Outcome(end, Duration.ofNanos(frame.length())), Reason.TIMED_OUT, "the VM was not held in time");
    }

    private void held(long sequence, Entry entry, Duration settling) {
        if (entry.moment != null || entry.resumed) {
            return;
        }
        PausedMoment moment = new PausedMoment(entry.vm, settling, () -> resumeSoon(sequence), link::onLoop);
        entry.moment = moment;
        Commands.HAND_OVER.execute(() -> {
            // False: nobody wants it any more.
            if (!entry.begun.complete(moment)) {
                moment.resume();
            }
        });
    }

    void rejected(Frame.Rejected frame) {
        Entry entry = entries.get(frame.header().sequence());
        if (entry != null && entry.vm.tenantVm() == frame.header().tenantVm()) {
            entries.remove(frame.header().sequence());
            entry.over(Outcome.LOST, Reason.REJECTED, "the host refused, error " + frame.error());
        }
    }

    void gone(long tenantVm) {
        loseAll(entry -> entry.vm.tenantVm() == tenantVm, Reason.UNKNOWN_VM, "the VM is gone");
    }

    /** The host ends them when it notices. */
    void loseAll(Reason reason, String message) {
        loseAll(entry -> true, reason, message);
    }

    private void loseAll(Predicate<Entry> which, Reason reason, String message) {
        List<Entry> lost = new ArrayList<>();
        entries.values().removeIf(entry -> which.test(entry) && lost.add(entry));
        lost.forEach(entry -> entry.over(Outcome.LOST, reason, message));
    }
}
