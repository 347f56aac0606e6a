// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.fake;

import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.Frame.Presence;
import dev.umbra.ultracall.FrameHeader;
import dev.umbra.ultracall.HypervisorCounter;
import dev.umbra.ultracall.MemoryFrame;
import dev.umbra.ultracall.PortClaim;
import dev.umbra.ultracall.UltracallFunction;
import dev.umbra.ultracall.UltracallRegisters;
import dev.umbra.ultracall.VcpuFrame;
import dev.umbra.ultracall.VcpuFrame.PauseState;
import dev.umbra.ultracall.VcpuFrame.VcpuState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A tenant VM of a {@link FakeHypervisor}: what it does is kept until acknowledged or answered and sent again after an
 * attach, as the module does it. Methods may be called from any thread.
 */
public final class FakeTenantVm {
    private final FakeHypervisor hypervisor;
    private final long id;
    private final int cloudVm;
    private final List<Frame> kept = new ArrayList<>();
    private final Map<Long, CompletableFuture<Frame>> questions = new HashMap<>();
    private final boolean[] lines = new boolean[16];
    private final int[] edges = new int[16];
    private final Map<Integer, Frame.Latch> latches = new HashMap<>();
    private final Map<Integer, PortClaim> portClaims = new HashMap<>();
    private final List<MemoryFrame.ClaimMemory> memoryClaims = new ArrayList<>();

    private long newest;
    private long acknowledged;
    private boolean answersLost;
    private boolean paused;
    private long moment;
    private boolean holdsAtOnce = true;
    private boolean answersVcpus = true;
    private boolean gone;
    private int resets;

    FakeTenantVm(FakeHypervisor hypervisor, long id, int cloudVm) {
        this.hypervisor = hypervisor;
        this.id = id;
        this.cloudVm = cloudVm;
    }

    public long id() {
        return id;
    }

    /** Posts byte writes of one vCPU to one port. */
    public void write(int vcpu, int port, byte... data) {
        hypervisor.onLoop(() -> {
            post(new Frame.PortWrite(next(vcpu), port, 1, data));
            return null;
        });
    }

    /** Reads one byte. */
    public CompletableFuture<Integer> read(int vcpu, int port) {
        return ask(vcpu, header -> new Frame.PortRead(header, port, 1, 1))
                .thenApply(reply -> ((Frame.PortReadReply) reply).data()[0] & 0xff);
    }

    /** Stores values to consecutive addresses; posted in one frame. */
    public void writeMemory(int vcpu, long address, int size, byte... data) {
        hypervisor.onLoop(() -> {
            post(new MemoryFrame.MemoryWrite(next(vcpu), address, size, 1, data));
            return null;
        });
    }

    /** Loads {@code count} values from consecutive addresses. */
    public CompletableFuture<byte[]> readMemory(int vcpu, long address, int size, int count) {
        return ask(vcpu, header -> new MemoryFrame.MemoryRead(header, address, size, 1, count))
                .thenApply(reply -> ((MemoryFrame.MemoryReadReply) reply).data());
    }

    /** Copies from device to device, upwards; posted. */
    public void copyMemory(int vcpu, long source, long destination, int size, int count) {
        hypervisor.onLoop(() -> {
            post(new MemoryFrame.MemoryCopy(next(vcpu), source, destination, size, 1, count));
            return null;
        });
    }

    /** L1 served an access to an observed port. */
    public void observe(int vcpu, int port, int size, boolean write, int value) {
        hypervisor.onLoop(() -> {
            post(new Frame.PortObserved(next(vcpu), port, size, write, value));
            return null;
        });
    }

    /** Makes a call by registers through a port; EAX, EBX, ECX and EDX go and come. */
    public CompletableFuture<int[]> registerCall(int vcpu, int port, int eax, int ebx, int ecx, int edx) {
        UltracallRegisters arguments = new UltracallRegisters(
                Integer.toUnsignedLong(eax),
                Integer.toUnsignedLong(ebx),
                Integer.toUnsignedLong(ecx),
                Integer.toUnsignedLong(edx));
        return ask(vcpu, header -> new Frame.Ultracall(header, Frame.Origin.PORT, 3, port, arguments))
                .thenApply(reply -> {
                    UltracallRegisters results = ((Frame.UltracallReply) reply).results();
                    return new int[] {(int) results.rcx(), (int) results.rdx(), (int) results.rsi(), (int) results.rdi()
                    };
                });
    }

    /** Who serves a port, as far as the service said. */
    public PortClaim portClaim(int port) {
        return hypervisor.onLoop(() -> portClaims.getOrDefault(port, PortClaim.NONE));
    }

    /** Whether a tenant physical address is claimed. */
    public boolean memoryClaimed(long address) {
        return hypervisor.onLoop(() -> memoryClaims.reversed().stream()
                .filter(claim -> address >= claim.base() && address - claim.base() < claim.length())
                .findFirst()
                .map(MemoryFrame.ClaimMemory::claimed)
                .orElse(false));
    }

    /** Makes an ultracall from user mode. */
    public CompletableFuture<Frame.UltracallReply> ultracall(int vcpu, int function, UltracallRegisters arguments) {
        return ask(vcpu, header -> new Frame.Ultracall(header, Frame.Origin.TENANT, 3, function, arguments))
                .thenApply(Frame.UltracallReply.class::cast);
    }

    public CompletableFuture<Frame.UltracallReply> ultracall(
            int vcpu, UltracallFunction function, UltracallRegisters arguments) {
        return ultracall(vcpu, function.ordinal(), arguments);
    }

    /** Says that an interrupt waits for a halted vCPU. */
    public void nudge(int irq) {
        hypervisor.onLoop(() -> {
            hypervisor.deliver(new Frame.Nudge(FrameHeader.ofTenantVm(id, 0), irq, 0));
            return null;
        });
    }

    /** Loses the service's answers on their way until the next attach; questions stay open. */
    public void loseAnswers() {
        hypervisor.onLoop(() -> {
            answersLost = true;
            return null;
        });
    }

    /** Starts the VM anew. */
    public void reset() {
        hypervisor.onLoop(() -> {
            resets++;
            report();
            return null;
        });
    }

    /** Whether a pause for a moment is held at once, or not at all. */
    public void holdAtOnce(boolean atOnce) {
        hypervisor.onLoop(() -> {
            holdsAtOnce = atOnce;
            return null;
        });
    }

    /** Says that the moment asked for is held. */
    public void hold() {
        hypervisor.onLoop(() -> {
            deliverPaused(moment, PauseState.HELD);
            return null;
        });
    }

    /** Whether READ_VCPUS is answered at once, or not at all. */
    public void answerVcpus(boolean atOnce) {
        hypervisor.onLoop(() -> {
            answersVcpus = atOnce;
            return null;
        });
    }

    /** Whether the VM is paused for a moment. */
    public boolean momentInForce() {
        return hypervisor.onLoop(() -> moment != 0);
    }

    /** The bound of the moment is reached. */
    public void expire() {
        hypervisor.onLoop(() -> {
            endMoment(moment, PauseState.EXPIRED);
            return null;
        });
    }

    /** Ends the VM. */
    public void disappear() {
        hypervisor.onLoop(() -> {
            gone = true;
            report();
            hypervisor.forget(this);
            return null;
        });
    }

    public boolean line(int irq) {
        return hypervisor.onLoop(() -> lines[irq]);
    }

    /** Rising edges of a line. */
    public int edges(int irq) {
        return hypervisor.onLoop(() -> edges[irq]);
    }

    /** Frames not acknowledged or answered. */
    public int unacknowledged() {
        return hypervisor.onLoop(kept::size);
    }

    /** What a read of the port would be answered in L0, -1 if it has to be asked. */
    public int latched(int port) {
        return hypervisor.onLoop(() -> {
            Frame.Latch latch = latches.get(port);
            return latch != null && latch.valid() && latch.header().sequence() == newest ? latch.value() : -1;
        });
    }

    /** Lets L0 believe that it forgot more than it was allowed to, or gave out less than it did. */
    public void pretend(long acknowledgedSequence, long newestSequence) {
        hypervisor.onLoop(() -> {
            acknowledged = acknowledgedSequence;
            newest = newestSequence;
            kept.clear();
            return null;
        });
    }

    private CompletableFuture<Frame> ask(int vcpu, java.util.function.Function<FrameHeader, Frame> question) {
        return hypervisor.onLoop(() -> {
            FrameHeader header = next(vcpu);
            CompletableFuture<Frame> answer = new CompletableFuture<>();
            questions.put(header.sequence(), answer);
            post(question.apply(header));
            return answer;
        });
    }

    private FrameHeader next(int vcpu) {
        return new FrameHeader(++newest, id, cloudVm, vcpu);
    }

    private void post(Frame frame) {
        kept.add(frame);
        hypervisor.deliver(frame);
    }

    void announce() {
        latches.clear();
        answersLost = false;
        report();
        hypervisor.deliver(
                new Frame.Vcpu(new FrameHeader(0, id, cloudVm, 0), Presence.PRESENT, 0, 0x1000 * id, 0x7000));
        List.copyOf(kept).forEach(hypervisor::deliver);
    }

    private void report() {
        hypervisor.deliver(new Frame.TenantVm(
                new FrameHeader(0, id, cloudVm, 0),
                gone ? Presence.GONE : Presence.PRESENT,
                paused,
                false,
                false,
                1,
                resets,
                acknowledged,
                newest,
                0x7000,
                0));
    }

    void command(Frame frame) {
        switch (frame) {
            case Frame.Acknowledge acknowledge -> {
                kept.removeIf(old -> old.type().posted()
                        && old.header().sequence() <= acknowledge.header().sequence());
                trim();
            }
            case Frame.PortReadReply reply -> answer(reply);
            case MemoryFrame.MemoryReadReply reply -> answer(reply);
            case Frame.UltracallReply reply -> answer(reply);
            case Frame.InterruptLine line -> {
                if (line.level() && !lines[line.irq()]) {
                    edges[line.irq()]++;
                }
                lines[line.irq()] = line.level();
            }
            case Frame.Latch latch -> latches.put(latch.port(), latch);
            case Frame.Pause pause -> {
                if (pause.boundMillis() == 0) {
                    changePaused(true);
                } else {
                    moment(pause);
                }
            }
            case Frame.Resume resume -> {
                if (resume.pause() == 0) {
                    changePaused(false);
                } else {
                    endMoment(resume.pause(), PauseState.ENDED);
                }
            }
            case VcpuFrame.ReadVcpus read -> registers(read.header().sequence());
            case Frame.ReadCounters read -> {
                long[] values = new long[HypervisorCounter.values().length];
                values[HypervisorCounter.PORT_WRITES.ordinal()] = newest;
                hypervisor.deliver(new Frame.Counters(read.header(), values));
            }
            case Frame.ClaimPorts claim -> {
                if (claim.base() == 0xdead) {
                    hypervisor.deliver(
                            new Frame.Rejected(claim.header(), claim.type().code(), 34));
                    return;
                }
                for (int port = claim.base(); port < claim.base() + claim.count(); port++) {
                    portClaims.put(port, claim.claim());
                }
            }
            case MemoryFrame.ClaimMemory claim -> memoryClaims.add(claim);
            default -> throw new IllegalStateException("not a command: " + frame);
        }
    }

    private void moment(Frame.Pause pause) {
        moment = pause.header().sequence();
        if (holdsAtOnce) {
            deliverPaused(moment, PauseState.HELD);
        }
    }

    private void endMoment(long which, PauseState state) {
        if (which == moment && which != 0) {
            moment = 0;
            deliverPaused(which, state);
        }
    }

    private void deliverPaused(long which, PauseState state) {
        hypervisor.deliver(new VcpuFrame.Paused(
                new FrameHeader(which, id, cloudVm, 0), state, 1_000, state == PauseState.HELD ? 2_000 : 3_000));
    }

    /** Three vCPUs: one is inside, held while the VM is paused for a moment; one belongs to L1; one was never seen. */
    private void registers(long command) {
        if (!answersVcpus) {
            return;
        }
        deliverRegisters(command, 0, moment != 0 ? VcpuState.HELD : VcpuState.RUNNING, false);
        deliverRegisters(command, 1, VcpuState.STOPPED, false);
        deliverRegisters(command, 2, VcpuState.UNKNOWN, true);
    }

    private void deliverRegisters(long command, int vcpu, VcpuState state, boolean last) {
        hypervisor.deliver(new VcpuFrame.VcpuRegisters(
                new FrameHeader(command, id, cloudVm, vcpu),
                state,
                last,
                0x8005_0033L,
                0x1000L * (vcpu + 1),
                0x6f0,
                0xd01,
                0x10,
                0x20,
                0xfff,
                3,
                0x30,
                0x40,
                0x50,
                0x60,
                0x70));
    }

    private void changePaused(boolean nowPaused) {
        if (paused != nowPaused) {
            paused = nowPaused;
            report();
        }
    }

    private void answer(Frame reply) {
        if (answersLost) {
            return;
        }
        for (Iterator<Frame> frames = kept.iterator(); frames.hasNext(); ) {
            Frame question = frames.next();
            if (!question.type().posted()
                    && question.header().sequence() == reply.header().sequence()) {
                frames.remove();
                trim();
                CompletableFuture<Frame> waiting =
                        questions.remove(reply.header().sequence());
                Thread.startVirtualThread(() -> waiting.complete(reply));
                return;
            }
        }
        hypervisor.deliver(new Frame.Rejected(reply.header(), reply.type().code(), 2));
    }

    private void trim() {
        acknowledged = kept.isEmpty() ? newest : kept.getFirst().header().sequence() - 1;
    }
}
