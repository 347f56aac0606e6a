// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.cloudhypervisor.journal.TenantJournal;
import dev.umbra.cloudhypervisor.memory.TenantMemory;
import dev.umbra.ultracall.FrameReader;
import dev.umbra.ultracall.FrameType;
import dev.umbra.ultracall.FrameWriter;
import dev.umbra.ultracall.PortClaim;
import dev.umbra.ultracall.UltracallFunction;
import dev.umbra.ultracall.UltracallRegisters;
import dev.umbra.ultracall.UltracallStatus;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One tenant VM as it is served: its devices, its journal, and what L0 has yet to be told. Lives on the loop thread.
 *
 * <p>A batch of accesses is applied in memory and then settled once: the state is committed to the journal, and only
 * then do effects leave, in an order the tenant depends on. Claims go first; then latches, so that they are in force when a vCPU
 * continues or an interrupt makes it look; then interrupt lines; then answers; the acknowledgement last. Killed
 * before the commit, the process leaves the host with unanswered accesses that come again; killed after it, with
 * accesses that come again and are recognized.
 *
 * <p>What breaks it: devices that show something before {@code committed}, or that change without a task of their
 * {@link DeviceHost} or an access.
 */
final class TenantMachine implements DeviceHost {
    private static final Logger LOG = LoggerFactory.getLogger(TenantMachine.class);

    private final HostContext host;
    private final TenantVmKey key;
    private final int cloudVm;
    private final TenantJournal journal;
    private final TenantDevices devices;
    private final InterruptLines lines = new InterruptLines();
    private final Claims claims = new Claims();
    private final Latches latches;
    private final Replies replies;
    private final EnrolmentLimit enrolments;
    private final ResetLine resetLine;
    private final long[] underWay = new long[TenantJournal.VCPUS];

    private long applied;
    private long accesses;
    private boolean attached;
    private boolean changed = true;
    private boolean acknowledgementDue;
    private boolean failed;
    private boolean closed;

    /**
     * @throws IllegalArgumentException if the devices refuse the state in the journal
     */
    TenantMachine(HostContext host, TenantVm vm, TenantJournal journal) {
        this.host = host;
        this.key = vm.key();
        this.cloudVm = vm.cloudVm();
        this.journal = journal;
        this.applied = journal.applied();
        this.resetLine = new ResetLine(journal.resets());
        this.replies = new Replies(journal);
        this.enrolments = host.ultracalls().limitOfVm();
        this.devices = host.factory().create(vm, this, journal.storage());
        if (devices.stateSize() != host.factory().stateSize()) {
            throw new IllegalStateException("devices and their factory disagree about the size of their state");
        }
        this.latches = new Latches(devices, host.counters());
        if (journal.hasState()) {
            try {
                devices.restore(journal.state().asReadOnly());
            } catch (RuntimeException e) {
                devices.close();
                throw e;
            }
        }
    }

    TenantVmKey key() {
        return key;
    }

    int cloudVm() {
        return cloudVm;
    }

    long applied() {
        return applied;
    }

    /** Accesses seen so far, repeated ones included. */
    long accesses() {
        return accesses;
    }

    boolean failed() {
        return failed;
    }

    boolean asserted(int irq) {
        return lines.asserted(irq);
    }

    EnrolmentLimit enrolments() {
        return enrolments;
    }

    /** L0 announced the VM on a new connection. */
    void attach(long acknowledged) {
        attached = true;
        lines.forgetTold();
        claims.forgetTold();
        latches.forget();
        acknowledgementDue = Long.compareUnsigned(applied, acknowledged) > 0;
    }

    /** L0 says anew how it is with the VM; {@link #settle} resets the devices if that is due. */
    void reported(TenantVm vm) {
        resetLine.reported(vm);
    }

    void detach() {
        attached = false;
        replies.drop();
    }

    /** Applies a frame of the VM's stream; {@link #settle} makes it count. */
    void apply(FrameReader frame) {
        accesses++;
        if (failed || !attached) {
            host.counters().increment(HostCounter.FRAMES_UNSERVED);
            return;
        }
        long sequence = frame.sequence();
        if (Long.compareUnsigned(sequence, applied) <= 0) {
            repeat(frame);
            return;
        }
        if (!frame.type().posted()) {
            int vcpu = frame.vcpu();
            if (vcpu < 0 || vcpu >= TenantJournal.VCPUS) {
                host.counters().increment(HostCounter.FRAMES_UNSERVED);
                return;
            }
            if (replies.waiting(vcpu)) {
                settle();
            }
        }
        try {
            resetBefore(sequence);
            applyNew(frame);
        } catch (RuntimeException e) {
            fail(sequence, e);
            return;
        }
        if (sequence != applied + 1) {
            host.counters().add(HostCounter.SEQUENCES_SKIPPED, sequence - applied - 1);
        }
        applied = sequence;
        changed = true;
        host.counters().increment(HostCounter.FRAMES_APPLIED);
    }

    /** Devices whose VM was reset meet the next access as after power-on. */
    private void resetBefore(long sequence) {
        if (resetLine.dueBefore(sequence)) {
            devices.reset();
            resetLine.done();
            changed = true;
            host.counters().increment(HostCounter.DEVICES_RESET);
        }
    }

    private void applyNew(FrameReader frame) {
        switch (frame.type()) {
            case PORT_WRITE, PORT_OBSERVED, MEMORY_WRITE, MEMORY_COPY -> {
                PostedAccesses.apply(frame, devices);
                acknowledgementDue = true;
            }
            case PORT_READ -> replies.portRead(frame, devices);
            case MEMORY_READ -> replies.memoryRead(frame, devices);
            default -> ultracall(frame);
        }
    }

    private void ultracall(FrameReader frame) {
        if (frame.throughPort()) {
            replies.registerCall(frame, devices);
            return;
        }
        host.counters().increment(HostCounter.ULTRACALLS);
        UltracallRegisters arguments = UltracallService.arguments(frame);
        UltracallFunction function = UltracallFunction.of(frame.function());
        if (UltracallService.asksAuthority(function)) {
            replies.pending(frame.vcpu(), frame.sequence(), Replies.PENDING);
            begin(frame, function, arguments, false);
        } else {
            UltracallService.Answer answer = host.ultracalls().answer(function, arguments);
            replies.ultracall(frame.vcpu(), frame.sequence(), answer.status().value(), answer.results());
        }
    }

    private void begin(FrameReader frame, UltracallFunction function, UltracallRegisters arguments, boolean again) {
        underWay[frame.vcpu()] = frame.sequence();
        host.ultracalls().begin(this, frame.vcpu(), frame.sequence(), function, arguments, frame.privilege(), again);
    }

    private void repeat(FrameReader frame) {
        host.counters().increment(HostCounter.FRAMES_REPEATED);
        if (frame.type().posted()) {
            acknowledgementDue = true;
            return;
        }
        int vcpu = frame.vcpu();
        long sequence = frame.sequence();
        if (vcpu < 0 || vcpu >= TenantJournal.VCPUS || underWay[vcpu] == sequence) {
            return;
        }
        if (replies.waiting(vcpu)) {
            settle();
        }
        if (frame.type() == FrameType.PORT_READ) {
            repeatRead(vcpu, sequence, Replies.PORT_READ, frame.accessSize() * frame.accessCount());
        } else if (frame.type() == FrameType.MEMORY_READ) {
            repeatRead(vcpu, sequence, Replies.MEMORY_READ, frame.memorySize() * frame.memoryCount());
        } else if (replies.fitsUltracall(vcpu, sequence)) {
            replies.repeat(vcpu, sequence);
        } else {
            repeatUltracall(frame);
        }
    }

    private void repeatRead(int vcpu, long sequence, int kind, int length) {
        if (replies.fits(vcpu, sequence, kind, length)) {
            replies.repeat(vcpu, sequence);
        } else {
            host.counters().increment(HostCounter.REPLIES_LOST);
            replies.floatingBus(vcpu, sequence, kind, length);
        }
    }

    private void repeatUltracall(FrameReader frame) {
        if (frame.throughPort()) {
            host.counters().increment(HostCounter.REPLIES_LOST);
            replies.floatingCall(frame);
            return;
        }
        int kept = replies.kept(frame.vcpu(), frame.sequence());
        UltracallFunction function = UltracallFunction.of(frame.function());
        if (UltracallService.asksAuthority(function)
                && (kept == Replies.PENDING || kept == Replies.PENDING_ENROLMENT)) {
            begin(frame, function, UltracallService.arguments(frame), kept == Replies.PENDING_ENROLMENT);
        } else {
            host.counters().increment(HostCounter.REPLIES_LOST);
            replies.ultracall(frame.vcpu(), frame.sequence(), UltracallStatus.FAILED.value(), UltracallRegisters.ZERO);
        }
    }

    /** Notes, before the authority is asked, that an enrolment may succeed from now on. */
    void enrolmentBegins(int vcpu, long sequence) {
        if (!closed && !failed) {
            replies.pending(vcpu, sequence, Replies.PENDING_ENROLMENT);
        }
    }

    /** An ultracall that was under way has its answer. */
    void finish(int vcpu, long sequence, UltracallStatus status, UltracallRegisters results) {
        if (underWay[vcpu] == sequence) {
            underWay[vcpu] = 0;
        }
        if (closed || failed) {
            return;
        }
        if (replies.waiting(vcpu)) {
            settle();
        }
        replies.ultracall(vcpu, sequence, status.value(), results);
        changed = true;
        settle();
        host.link().flush();
    }

    /** Commits what was applied and lets its effects out; they leave with the next flush. */
    void settle() {
        if (failed || closed) {
            return;
        }
        try {
            resetBefore(applied + 1);
            if (changed) {
                devices.save(journal.nextState());
                journal.commit(applied, resetLine.seen());
                changed = false;
                host.counters().increment(HostCounter.COMMITS);
                devices.committed();
            }
        } catch (RuntimeException e) {
            fail(applied, e);
            return;
        }
        if (!attached) {
            replies.drop();
            return;
        }
        FrameWriter output = host.link().output();
        if (claims.changed()) {
            claims.send(output, key.tenantVm(), cloudVm);
        }
        latches.send(output, applied, key.tenantVm(), cloudVm);
        if (lines.changed()) {
            host.counters().add(HostCounter.INTERRUPT_EDGES, lines.send(output, key.tenantVm(), cloudVm));
        }
        if (replies.any()) {
            replies.send(output, key.tenantVm(), cloudVm);
        }
        if (acknowledgementDue) {
            acknowledgementDue = false;
            output.acknowledge(applied, key.tenantVm(), cloudVm);
        }
    }

    @Override
    public void interrupt(int irq, boolean level) {
        lines.set(irq, level);
    }

    @Override
    public void claimPorts(int base, int count, PortClaim claim) {
        claims.ports(base, count, claim);
    }

    @Override
    public void claimMemory(long base, long length, boolean claimed) {
        claims.memory(base, length, claimed);
    }

    @Override
    public Optional<TenantMemory> memory() {
        return host.memory().reader(key.tenantVm());
    }

    @Override
    public void execute(Runnable onLoop) {
        host.link().execute(() -> run(onLoop));
    }

    @Override
    public void schedule(Duration delay, Runnable onLoop) {
        host.link().schedule(delay, () -> run(onLoop));
    }

    private void run(Runnable task) {
        if (closed || failed) {
            return;
        }
        try {
            task.run();
        } catch (RuntimeException e) {
            fail(applied, e);
            return;
        }
        changed = true;
        settle();
        host.link().flush();
    }

    /** The devices are in no state to go on with: nothing more is applied or acknowledged. */
    private void fail(long sequence, RuntimeException e) {
        failed = true;
        LOG.error("devices of {} failed at sequence {}", key, sequence, e);
        host.counters().increment(HostCounter.DEVICES_FAILED);
        host.listener()
                .alarm(new HostAlarm(HostAlarm.Kind.DEVICE_FAILED, key.hostInstance(), key.tenantVm(), 0, sequence, 0));
    }

    /** Ends the devices; the journal's file stays. */
    void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            devices.close();
        } catch (RuntimeException e) {
            LOG.error("devices of {} failed to close", key, e);
        }
        journal.close();
    }
}
