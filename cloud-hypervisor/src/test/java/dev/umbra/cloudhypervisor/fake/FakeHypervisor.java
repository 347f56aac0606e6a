// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.fake;

import dev.umbra.ultracall.Direction;
import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.Frame.Presence;
import dev.umbra.ultracall.Frame.Vendor;
import dev.umbra.ultracall.FrameCodec;
import dev.umbra.ultracall.FrameException;
import dev.umbra.ultracall.FrameHeader;
import dev.umbra.ultracall.FrameReader;
import dev.umbra.ultracall.FrameWriter;
import dev.umbra.ultracall.HypervisorCounter;
import dev.umbra.ultracall.Protocol;
import dev.umbra.ultracall.VcpuFrame;
import dev.umbra.ultracall.VcpuFrame.VcpuState;
import dev.umbra.ultracall.link.HypervisorLink;
import dev.umbra.ultracall.link.LinkListener;
import dev.umbra.ultracall.link.LinkStatistics;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Plays L0: a link whose other end is this object. Frames pass the real codec in both directions. A new link to the
 * same host, as a restarted service would make it, comes from {@link #reopen}.
 */
public final class FakeHypervisor implements HypervisorLink {
    private static final int CLOUD_VM = 1;

    private final State state;
    private final ScheduledExecutorService loop;
    private final FrameReader toService = new FrameReader(Direction.TO_SERVICE);
    private final FrameReader toHypervisor = new FrameReader(Direction.TO_HYPERVISOR);
    private final FrameWriter output;
    private final List<Frame> received = new CopyOnWriteArrayList<>();
    private volatile Thread thread;
    private LinkListener listener;
    private boolean connected;
    private boolean inBatch;
    private volatile boolean closed;

    /** A host that has one cloud VM and no tenant VMs. */
    public FakeHypervisor() {
        this(new State());
    }

    private FakeHypervisor(State state) {
        this.state = state;
        this.loop = Executors.newSingleThreadScheduledExecutor(task -> {
            thread = Thread.ofPlatform().name("fake-hypervisor").daemon().unstarted(task);
            return thread;
        });
        this.output = new FrameWriter(MemorySegment.ofArray(new byte[1 << 16]), this::flush);
    }

    /** What outlives a link. */
    private static final class State {
        UUID instance = UUID.randomUUID();
        final Map<Long, FakeTenantVm> vms = new LinkedHashMap<>();
        long lastVm;
        FakeHypervisor current;
    }

    /** A new link to this host; the old one is to be closed before. */
    public FakeHypervisor reopen() {
        return new FakeHypervisor(state);
    }

    public UUID instance() {
        return state.instance;
    }

    /** Adds a tenant VM and announces it. */
    public FakeTenantVm addTenantVm() {
        return onLoop(() -> {
            FakeTenantVm vm = new FakeTenantVm(state.current == null ? this : state.current, ++state.lastVm, CLOUD_VM);
            state.vms.put(vm.id(), vm);
            if (connected) {
                inBatch(vm::announce);
            }
            return vm;
        });
    }

    /** Loses the connection and makes a new one. */
    public void breakConnection() {
        onLoop(() -> {
            reconnect("broken by the test");
            return null;
        });
    }

    /** The module is loaded anew: all VMs are others. */
    public void renewInstance() {
        onLoop(() -> {
            state.instance = UUID.randomUUID();
            state.vms.clear();
            reconnect("renewed by the test");
            return null;
        });
    }

    /** Everything the service sent over this link. */
    public List<Frame> received() {
        return received;
    }

    public <F extends Frame> List<F> received(Class<F> type) {
        return received.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** Sends a frame to the service; what a tenant VM does is better left to {@link FakeTenantVm}. */
    public void sendToService(Frame frame) {
        onLoop(() -> {
            deliver(frame);
            return null;
        });
    }

    /** Sends several frames as one batch. */
    public void batch(Runnable frames) {
        onLoop(() -> {
            inBatch(frames);
            return null;
        });
    }

    @Override
    public void start(LinkListener service) {
        listener = service;
        loop.execute(() -> {
            state.current = this;
            connect();
        });
    }

    @Override
    public FrameWriter output() {
        return output;
    }

    @Override
    public void flush() {
        byte[] bytes = output.buffer().asSlice(0, output.position()).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        output.clear();
        if (!connected) {
            return;
        }
        MemorySegment frames = MemorySegment.ofArray(bytes);
        try {
            for (long offset = 0; offset < bytes.length; ) {
                int length = toHypervisor.wrap(frames, offset, bytes.length - offset);
                offset += length;
                Frame frame = toHypervisor.toFrame();
                received.add(frame);
                loop.execute(() -> command(frame));
            }
        } catch (FrameException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void execute(Runnable task) {
        loop.execute(guarded(task));
    }

    @Override
    public void schedule(Duration delay, Runnable task) {
        if (!closed) {
            loop.schedule(guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public boolean onLoop() {
        return Thread.currentThread() == thread;
    }

    @Override
    public void reconnect(String reason) {
        if (connected) {
            connected = false;
            output.clear();
            listener.disconnected(reason);
            loop.execute(this::connect);
        }
    }

    @Override
    public LinkStatistics statistics() {
        return new LinkStatistics(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    @Override
    public void close() {
        closed = true;
        loop.shutdownNow();
    }

    /** Stops at once, as a killed process would: nothing more is applied or sent. */
    public void kill() {
        closed = true;
        connected = false;
        loop.shutdownNow();
    }

    <T> T onLoop(Callable<T> task) {
        FakeHypervisor current = state.current == null || state.current.closed ? this : state.current;
        if (current != this) {
            return current.onLoop(task);
        }
        try {
            return onLoop() ? task.call() : loop.submit(task).get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    void deliver(Frame frame) {
        FakeHypervisor current = state.current;
        if (current != null && current != this) {
            current.deliver(frame);
            return;
        }
        if (!connected) {
            return;
        }
        MemorySegment bytes = MemorySegment.ofArray(FrameCodec.encode(frame));
        try {
            toService.wrap(bytes, 0, bytes.byteSize());
        } catch (FrameException e) {
            throw new IllegalStateException(e);
        }
        listener.frame(toService);
        if (!inBatch) {
            listener.batchComplete();
        }
    }

    void forget(FakeTenantVm vm) {
        state.vms.remove(vm.id());
    }

    private void connect() {
        connected = true;
        listener.connected();
        inBatch(() -> {
            deliver(new Frame.Hello(
                    FrameHeader.NONE,
                    Protocol.MAJOR,
                    Protocol.MINOR,
                    Vendor.SVM,
                    state.instance,
                    256,
                    Protocol.FRAME_MAXIMUM));
            deliver(new Frame.CloudVm(new FrameHeader(0, 0, CLOUD_VM, 0), Presence.PRESENT, 4711));
            List.copyOf(state.vms.values()).forEach(FakeTenantVm::announce);
        });
    }

    private void inBatch(Runnable frames) {
        inBatch = true;
        try {
            frames.run();
        } finally {
            inBatch = false;
        }
        if (connected) {
            listener.batchComplete();
        }
    }

    private void command(Frame frame) {
        if (!connected) {
            return;
        }
        FakeTenantVm vm = state.vms.get(frame.header().tenantVm());
        if (vm != null) {
            vm.command(frame);
        } else if (frame instanceof Frame.ReadCounters read && frame.header().tenantVm() == 0) {
            deliver(new Frame.Counters(read.header(), new long[HypervisorCounter.values().length]));
        } else if (frame instanceof VcpuFrame.ReadVcpus read && frame.header().cloudVm() == CLOUD_VM) {
            deliver(ownRegisters(read.header().sequence(), 4, VcpuState.RUNNING, false));
            deliver(ownRegisters(read.header().sequence(), 2, VcpuState.UNKNOWN, true));
        }
    }

    /** Of the cloud VM itself: one vCPU is known, and one never ran a tenant VM. */
    private static Frame ownRegisters(long command, int vcpu, VcpuState state, boolean last) {
        return new VcpuFrame.VcpuRegisters(
                new FrameHeader(command, 0, CLOUD_VM, vcpu),
                state,
                last,
                0x8005_0033L,
                0x9000,
                0x6f0,
                0x1d01,
                0x10,
                0x20,
                0xfff,
                0,
                0x90,
                0x40,
                0x50,
                0x60,
                0x70);
    }

    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                Thread.currentThread().getUncaughtExceptionHandler().uncaughtException(Thread.currentThread(), e);
            }
        };
    }
}
