// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.cloudhypervisor.CloudHostException.Reason;
import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.FrameHeader;
import dev.umbra.ultracall.HypervisorCounter;
import dev.umbra.ultracall.PortClaim;
import dev.umbra.ultracall.link.HypervisorLink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongFunction;
import java.util.function.Predicate;

/**
 * Commands to L0 that somebody waits for. L0 answers READ_COUNTERS and refusals with the command's sequence; pause and
 * resume are answered by the VM's own report; a claim has no answer, so a READ_COUNTERS is sent behind it, whose
 * answer proves that the claim was not refused. Results are handed over on virtual threads: the loop runs nobody
 * else's code. Belongs to the loop thread.
 */
final class Commands {
    private static final int LIMIT = 1024;
    /** Far from the sequences of any VM's stream, whose refused answers come back with those. */
    private static final long FIRST_SEQUENCE = 1L << 62;

    private static final Executor HAND_OVER = Thread::startVirtualThread;

    private final HypervisorLink link;
    private final HostCounters counters;
    private final Duration timeout;
    private final Map<Long, Pending> pending = new HashMap<>();
    private long sequence = FIRST_SEQUENCE;

    Commands(HypervisorLink link, HostCounters counters, Duration timeout) {
        this.link = link;
        this.counters = counters;
        this.timeout = timeout;
    }

    private record Pending(
            long tenantVm,
            Predicate<TenantVm> reached,
            CompletableFuture<TenantVm> state,
            CompletableFuture<TenantVmCounters> values) {
        void fail(CloudHostException failure) {
            HAND_OVER.execute(() -> {
                if (state != null) {
                    state.completeExceptionally(failure);
                }
                if (values != null) {
                    values.completeExceptionally(failure);
                }
            });
        }
    }

    /** Pause or resume. */
    void changeState(long tenantVm, boolean pause, CompletableFuture<TenantVm> result) {
        send(
                next -> {
                    FrameHeader header = FrameHeader.ofTenantVm(tenantVm, next);
                    return pause ? new Frame.Pause(header) : new Frame.Resume(header);
                },
                new Pending(tenantVm, vm -> vm.paused() == pause, result, null));
    }

    /** Resumes a VM that is not held yet but may be about to be; nobody waits for it. */
    void withdrawPause(long tenantVm) {
        link.send(new Frame.Resume(FrameHeader.ofTenantVm(tenantVm, ++sequence)));
        link.flush();
    }

    /** @param tenantVm 0: the module */
    void readCounters(long tenantVm, CompletableFuture<TenantVmCounters> result) {
        send(
                next -> new Frame.ReadCounters(FrameHeader.ofTenantVm(tenantVm, next)),
                new Pending(tenantVm, vm -> false, null, result));
    }

    void claim(long tenantVm, int base, int count, PortClaim claim, CompletableFuture<TenantVmCounters> result) {
        Pending command = new Pending(tenantVm, vm -> false, null, result);
        send(next -> new Frame.ClaimPorts(FrameHeader.ofTenantVm(tenantVm, next), base, count, claim), command);
        send(next -> new Frame.ReadCounters(FrameHeader.ofTenantVm(tenantVm, next)), command);
    }

    private void send(LongFunction<Frame> frame, Pending command) {
        if (pending.size() >= LIMIT) {
            command.fail(new CloudHostException(Reason.TIMED_OUT, "too many commands wait for the host"));
            return;
        }
        long next = ++sequence;
        pending.put(next, command);
        link.send(frame.apply(next));
        link.flush();
        link.schedule(timeout, () -> {
            Pending late = pending.remove(next);
            if (late != null && late.values() == null) {
                counters.increment(HostCounter.COMMANDS_TIMED_OUT);
                late.fail(new CloudHostException(Reason.TIMED_OUT, "the host did not report the new state in time"));
            } else if (late != null && !late.values().isDone()) {
                counters.increment(HostCounter.COMMANDS_TIMED_OUT);
                late.fail(new CloudHostException(Reason.TIMED_OUT, "the host did not answer in time"));
            }
        });
    }

    /** A VM reported its state. */
    void reported(TenantVm vm) {
        List<Long> done = new ArrayList<>();
        pending.forEach((number, command) -> {
            if (command.tenantVm() == vm.key().tenantVm() && command.reached().test(vm)) {
                done.add(number);
            }
        });
        for (Long number : done) {
            CompletableFuture<TenantVm> state = pending.remove(number).state();
            HAND_OVER.execute(() -> state.complete(vm));
        }
    }

    void answered(Frame.Counters frame) {
        Pending command = pending.remove(frame.header().sequence());
        if (command == null || command.values() == null) {
            return;
        }
        HypervisorCounter[] known = HypervisorCounter.values();
        long[] values = frame.values();
        Map<HypervisorCounter, Long> named = new EnumMap<>(HypervisorCounter.class);
        for (int index = 0; index < Math.min(known.length, values.length); index++) {
            named.put(known[index], values[index]);
        }
        HAND_OVER.execute(() -> command.values().complete(new TenantVmCounters(named)));
    }

    void rejected(Frame.Rejected frame) {
        counters.increment(HostCounter.COMMANDS_REJECTED);
        Pending command = pending.get(frame.header().sequence());
        if (command != null && command.tenantVm() == frame.header().tenantVm()) {
            pending.remove(frame.header().sequence());
            command.fail(new CloudHostException(Reason.REJECTED, "the host refused, error " + frame.error()));
        }
    }

    /** Nothing that waits will be answered. */
    void failAll(Reason reason, String message) {
        List<Pending> waiting = new ArrayList<>(pending.values());
        pending.clear();
        waiting.forEach(command -> command.fail(new CloudHostException(reason, message)));
    }

    /** A VM is gone; its commands will not be answered. */
    void gone(long tenantVm) {
        List<Pending> waiting = new ArrayList<>();
        pending.values().removeIf(command -> command.tenantVm() == tenantVm && waiting.add(command));
        waiting.forEach(command -> command.fail(new CloudHostException(Reason.UNKNOWN_VM, "the VM is gone")));
    }
}
