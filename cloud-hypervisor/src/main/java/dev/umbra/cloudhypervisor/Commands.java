// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.cloudhypervisor.CloudHostException.Reason;
import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.FrameHeader;
import dev.umbra.ultracall.HypervisorCounter;
import dev.umbra.ultracall.PortClaim;
import dev.umbra.ultracall.VcpuFrame;
import dev.umbra.ultracall.VcpuFrame.VcpuState;
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

/**
 * Commands to L0 that somebody waits for. L0 answers READ_COUNTERS, READ_VCPUS and refusals with the command's sequence;
 * lasting pause and resume are answered by the VM's own report; a claim has no answer, so a READ_COUNTERS is sent behind
 * it, whose answer proves that the claim was not refused. Results are handed over on virtual threads: the loop runs nobody
 * else's code. Belongs to the loop thread.
 */
final class Commands {
    static final Executor HAND_OVER = Thread::startVirtualThread;

    private static final int LIMIT = 1024;
    /** Far from the sequences of any VM's stream, whose refused answers come back with those. */
    private static final long FIRST_SEQUENCE = 1L << 62;

    private final HypervisorLink link;
    private final HostCounters counters;
    private final Duration timeout;
    private final Moments moments;
    private final Map<Long, Pending> pending = new HashMap<>();
    private long sequence = FIRST_SEQUENCE;

    Commands(HypervisorLink link, HostCounters counters, Duration timeout) {
        this.link = link;
        this.counters = counters;
        this.timeout = timeout;
        this.moments = new Moments(link, counters, timeout, () -> ++sequence);
    }

    /** What is waited for. */
    private sealed interface Pending {
        long tenantVm();

        CompletableFuture<?> result();

        default void fail(CloudHostException failure) {
            HAND_OVER.execute(() -> result().completeExceptionally(failure));
        }
    }

    private record StateChange(long tenantVm, boolean paused, CompletableFuture<TenantVm> result) implements Pending {}

    private record CounterRead(long tenantVm, CompletableFuture<TenantVmCounters> result) implements Pending {}

    /** @param cloudVm the cloud VM whose own vCPUs are asked for, if {@code tenantVm} is 0 */
    private record VcpuRead(
            long tenantVm, int cloudVm, List<VcpuRegisters> read, CompletableFuture<List<VcpuRegisters>> result)
            implements Pending {
        boolean isOf(FrameHeader header) {
            return header.tenantVm() == tenantVm && (tenantVm != 0 || header.cloudVm() == cloudVm);
        }
    }

    /** Pauses for a moment. */
    Moments moments() {
        return moments;
    }

    /** Pause or resume. */
    void changeState(long tenantVm, boolean pause, CompletableFuture<TenantVm> result) {
        send(
                next -> {
                    FrameHeader header = FrameHeader.ofTenantVm(tenantVm, next);
                    return pause ? new Frame.Pause(header, 0) : new Frame.Resume(header, 0);
                },
                new StateChange(tenantVm, pause, result));
    }

    /** Resumes a VM that is not held yet but may be about to be; nobody waits for it. */
    void withdrawPause(long tenantVm) {
        link.send(new Frame.Resume(FrameHeader.ofTenantVm(tenantVm, ++sequence), 0));
        link.flush();
    }

    /** @param tenantVm 0: the module */
    void readCounters(long tenantVm, CompletableFuture<TenantVmCounters> result) {
        send(next -> new Frame.ReadCounters(FrameHeader.ofTenantVm(tenantVm, next)), new CounterRead(tenantVm, result));
    }

    /** @param vm a tenant VM, or a cloud VM of which its own vCPUs are meant */
    void readVcpus(FrameHeader vm, CompletableFuture<List<VcpuRegisters>> result) {
        send(
                next -> new VcpuFrame.ReadVcpus(new FrameHeader(next, vm.tenantVm(), vm.cloudVm(), 0)),
                new VcpuRead(vm.tenantVm(), vm.cloudVm(), new ArrayList<>(), result));
    }

    void claim(long tenantVm, int base, int count, PortClaim claim, CompletableFuture<TenantVmCounters> result) {
        Pending command = new CounterRead(tenantVm, result);
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
            if (late != null && !late.result().isDone()) {
                counters.increment(HostCounter.COMMANDS_TIMED_OUT);
                late.fail(new CloudHostException(Reason.TIMED_OUT, "the host did not answer in time"));
            }
        });
    }

    /** A VM reported its state. */
    void reported(TenantVm vm) {
        long tenantVm = vm.key().tenantVm();
        pending.values().removeIf(command -> {
            if (command instanceof StateChange change
                    && change.tenantVm() == tenantVm
                    && change.paused() == vm.paused()) {
                HAND_OVER.execute(() -> change.result().complete(vm));
                return true;
            }
            return false;
        });
    }

    void answered(Frame.Counters frame) {
        if (!(pending.remove(frame.header().sequence()) instanceof CounterRead command)) {
            return;
        }
        HypervisorCounter[] known = HypervisorCounter.values();
        long[] values = frame.values();
        Map<HypervisorCounter, Long> named = new EnumMap<>(HypervisorCounter.class);
        for (int index = 0; index < Math.min(known.length, values.length); index++) {
            named.put(known[index], values[index]);
        }
        HAND_OVER.execute(() -> command.result().complete(new TenantVmCounters(named)));
    }

    /** An answer also answers what was asked before: L0 begins anew when it is asked again. */
    void answered(VcpuFrame.VcpuRegisters frame) {
        FrameHeader header = frame.header();
        if (!(pending.get(header.sequence()) instanceof VcpuRead command) || !command.isOf(header)) {
            return;
        }
        if (frame.state() != VcpuState.UNKNOWN) {
            command.read().add(registers(frame));
        }
        if (!frame.last()) {
            return;
        }
        List<VcpuRegisters> read = List.copyOf(command.read());
        pending.entrySet().removeIf(entry -> {
            if (entry.getKey() <= header.sequence()
                    && entry.getValue() instanceof VcpuRead asked
                    && asked.isOf(header)) {
                HAND_OVER.execute(() -> asked.result().complete(read));
                return true;
            }
            return false;
        });
    }

    private static VcpuRegisters registers(VcpuFrame.VcpuRegisters frame) {
        return new VcpuRegisters(
                frame.header().vcpu(),
                frame.cr0(),
                frame.cr3(),
                frame.cr4(),
                frame.efer(),
                frame.gdtBase(),
                frame.idtBase(),
                frame.idtLimit(),
                frame.lstar(),
                frame.gsBase(),
                frame.kernelGsBase(),
                frame.rip(),
                frame.rsp(),
                frame.privilege(),
                frame.state() == VcpuState.HELD);
    }

    void rejected(Frame.Rejected frame) {
        counters.increment(HostCounter.COMMANDS_REJECTED);
        Pending command = pending.get(frame.header().sequence());
        if (command != null && command.tenantVm() == frame.header().tenantVm()) {
            // The question behind a claim must not answer that it was not refused.
            pending.values().removeIf(other -> other.result() == command.result());
            command.fail(new CloudHostException(Reason.REJECTED, "the host refused, error " + frame.error()));
        } else {
            moments.rejected(frame);
        }
    }

    /** Nothing that waits will be answered. */
    void failAll(Reason reason, String message) {
        List<Pending> waiting = new ArrayList<>(pending.values());
        pending.clear();
        waiting.forEach(command -> command.fail(new CloudHostException(reason, message)));
        moments.loseAll(reason, message);
    }

    /** A VM is gone; its commands will not be answered. */
    void gone(long tenantVm) {
        List<Pending> waiting = new ArrayList<>();
        pending.values().removeIf(command -> command.tenantVm() == tenantVm && waiting.add(command));
        waiting.forEach(command -> command.fail(new CloudHostException(Reason.UNKNOWN_VM, "the VM is gone")));
        moments.gone(tenantVm);
    }
}
