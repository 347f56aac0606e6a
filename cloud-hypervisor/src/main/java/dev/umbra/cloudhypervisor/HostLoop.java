// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.cloudhypervisor.CloudHostException.Reason;
import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.Frame.Presence;
import dev.umbra.ultracall.FrameReader;
import dev.umbra.ultracall.MemoryFrame;
import dev.umbra.ultracall.VcpuFrame;
import dev.umbra.ultracall.link.HypervisorLink;
import dev.umbra.ultracall.link.LinkListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens on the loop thread of one host: frames in, machines and registry moved, answers out once per batch.
 *
 * <p>After an attach L0 announces what there is, without saying when it is done, so a VM counts as gone only when it
 * was not announced for a while. A VM reported as gone is kept to the end of the batch: its last output may follow the
 * report.
 */
final class HostLoop implements LinkListener {
    private static final Logger LOG = LoggerFactory.getLogger(HostLoop.class);
    private static final Duration UNSERVED_RETRY = Duration.ofSeconds(30);
    private static final int ALL_VMS = 0;

    private final HypervisorLink link;
    private final CloudHostConfiguration configuration;
    private final CloudHostListener listener;
    private final HostCounters counters;
    private final UltracallService ultracalls;
    private final MachineStore store;
    private final Registry registry;
    private final Commands commands;
    private final HostMemory memory;
    private final Map<Long, TenantMachine> machines = new HashMap<>();
    private final List<TenantMachine> touched = new ArrayList<>();
    private final Set<Long> announced = new HashSet<>();
    private final Set<Integer> announcedCloudVms = new HashSet<>();
    private final List<Long> leaving = new ArrayList<>();

    private Nudges nudges;
    private TenantMachine lastMachine;
    private long lastMachineId;
    private long connection;
    private boolean retryPlanned;
    private boolean closed;
    private volatile UUID instance;
    private volatile boolean attached;

    HostLoop(
            HypervisorLink link,
            CloudHostConfiguration configuration,
            CloudHostListener listener,
            HostCounters counters,
            UltracallService ultracalls,
            MachineStore store,
            Registry registry,
            Commands commands,
            HostMemory memory) {
        this.link = link;
        this.configuration = configuration;
        this.listener = listener;
        this.counters = counters;
        this.ultracalls = ultracalls;
        this.store = store;
        this.registry = registry;
        this.commands = commands;
        this.memory = memory;
    }

    /** Before the link starts. */
    void nudgeThrough(Nudges way) {
        nudges = way;
    }

    boolean attached() {
        return attached;
    }

    Optional<UUID> instance() {
        return Optional.ofNullable(instance);
    }

    TenantMachine machine(long tenantVm) {
        if (lastMachine != null && lastMachineId == tenantVm) {
            return lastMachine;
        }
        TenantMachine machine = machines.get(tenantVm);
        lastMachine = machine;
        lastMachineId = tenantVm;
        return machine;
    }

    @Override
    public void connected() {
        connection++;
    }

    @Override
    public void frame(FrameReader frame) {
        if (closed) {
            return;
        }
        switch (frame.type()) {
            case PORT_WRITE, PORT_READ, PORT_OBSERVED, MEMORY_WRITE, MEMORY_READ, MEMORY_COPY -> stream(frame);
            case ULTRACALL -> {
                if (frame.fromTenant()) {
                    stream(frame);
                } else {
                    ultracalls.answerCloudVm(frame, link.output());
                }
            }
            case NUDGE -> {
                if (nudges != null) {
                    nudges.nudge(frame.tenantVm(), frame.irq());
                }
            }
            default -> reportSafely(frame.toFrame());
        }
    }

    private void stream(FrameReader frame) {
        TenantMachine machine = machine(frame.tenantVm());
        if (machine == null) {
            counters.increment(HostCounter.FRAMES_UNSERVED);
            return;
        }
        if (touched.isEmpty() || touched.getLast() != machine) {
            touched.add(machine);
        }
        machine.apply(frame);
    }

    @Override
    public void batchComplete() {
        for (int index = 0; index < touched.size(); index++) {
            touched.get(index).settle();
        }
        touched.clear();
        for (int index = 0; index < leaving.size(); index++) {
            gone(leaving.get(index));
        }
        leaving.clear();
        link.flush();
    }

    @Override
    public void disconnected(String reason) {
        connection++;
        memory.disconnected();
        machines.values().forEach(TenantMachine::detach);
        touched.forEach(TenantMachine::settle);
        touched.clear();
        if (attached) {
            attached = false;
            commands.failAll(Reason.NOT_ATTACHED, "the host is not attached any more");
            listener.detached(reason);
        }
    }

    /** A listener that fails must not cost the other VMs their connection. */
    private void reportSafely(Frame frame) {
        try {
            report(frame);
        } catch (RuntimeException e) {
            LOG.error("a report of type {} was not handled", frame.type(), e);
        }
    }

    private void report(Frame frame) {
        switch (frame) {
            case Frame.Hello hello -> hello(hello);
            case Frame.CloudVm cloudVm -> cloudVm(cloudVm);
            case Frame.TenantVm tenantVm -> tenantVm(tenantVm);
            case Frame.Vcpu vcpu -> {
                TenantVm vm = registry.put(vcpu);
                if (vm != null) {
                    listener.tenantVmChanged(vm);
                }
            }
            case Frame.Alarm alarm -> alarm(alarm);
            case Frame.Counters values -> commands.answered(values);
            case VcpuFrame.VcpuRegisters registers -> commands.answered(registers);
            case VcpuFrame.Paused paused -> commands.moments().paused(paused);
            case MemoryFrame.MemoryExtent extent -> memory.extent(extent);
            case Frame.Rejected rejected -> rejected(rejected);
            default -> throw new IllegalStateException("not a report: " + frame.type());
        }
    }

    private void hello(Frame.Hello hello) {
        announced.clear();
        announcedCloudVms.clear();
        memory.attached(hello.vendor());
        if (!hello.instance().equals(instance)) {
            registry.tenantVmIds().forEach(this::gone);
            registry.cloudVms().forEach(vm -> cloudVmGone(vm.id()));
            instance = hello.instance();
        }
        attached = true;
        LOG.info("attached to host instance {}, version {}.{}", instance, hello.major(), hello.minor());
        listener.attached(instance);
        planSweep();
    }

    private void planSweep() {
        long planned = connection;
        link.schedule(configuration.announcementGrace(), () -> {
            if (connection == planned && attached) {
                sweep();
            }
        });
    }

    private void sweep() {
        for (Long id : registry.tenantVmIds()) {
            if (!announced.contains(id)) {
                gone(id);
            }
        }
        for (CloudVm vm : registry.cloudVms()) {
            if (!announcedCloudVms.contains(vm.id())) {
                cloudVmGone(vm.id());
            }
        }
        store.removeOthers(registry);
    }

    private void cloudVm(Frame.CloudVm frame) {
        int id = frame.header().cloudVm();
        if (frame.presence() == Presence.GONE) {
            cloudVmGone(id);
            return;
        }
        boolean isNew = registry.cloudVms().stream().noneMatch(vm -> vm.id() == id);
        CloudVm vm = registry.put(frame);
        announcedCloudVms.add(id);
        memory.cloudVm(id);
        if (isNew) {
            listener.cloudVmAppeared(vm);
        }
    }

    private void cloudVmGone(int id) {
        memory.cloudVmGone(id);
        CloudVm vm = registry.removeCloudVm(id);
        if (vm != null) {
            listener.cloudVmGone(vm);
        }
    }

    private void tenantVm(Frame.TenantVm frame) {
        long id = frame.header().tenantVm();
        if (id == ALL_VMS) {
            counters.increment(HostCounter.FRAMES_UNSERVED);
            return;
        }
        if (frame.presence() == Presence.GONE) {
            leaving.add(id);
            return;
        }
        boolean isNew = registry.tenantVm(id) == null;
        TenantVm vm = registry.put(instance, frame);
        memory.tenantVm(frame);
        if (announced.add(id)) {
            attach(vm);
        }
        TenantMachine machine = machine(id);
        if (machine != null) {
            machine.reported(vm);
            touched.add(machine);
        }
        commands.reported(vm);
        if (isNew) {
            listener.tenantVmAppeared(vm);
        } else {
            listener.tenantVmChanged(vm);
        }
    }

    private void attach(TenantVm vm) {
        long id = vm.key().tenantVm();
        TenantMachine machine = machines.get(id);
        if (machine != null && !machine.failed() && !MachineStore.consistent(machine.applied(), vm)) {
            store.reportInconsistent(vm, machine.applied());
            close(id);
            store.remove(vm.key());
            machine = null;
        } else if (machine != null && machine.failed()) {
            close(id);
            machine = null;
        }
        if (machine == null) {
            machine = open(vm);
        }
        if (machine != null) {
            machine.attach(vm.acknowledged());
        }
    }

    private TenantMachine open(TenantVm vm) {
        if (machines.size() >= configuration.maximumTenantVms()) {
            raise(new HostAlarm(HostAlarm.Kind.LIMIT, instance, vm.key().tenantVm(), 0, machines.size(), 0));
            return null;
        }
        Optional<TenantMachine> opened = store.open(vm);
        if (opened.isEmpty()) {
            planRetry();
            return null;
        }
        machines.put(vm.key().tenantVm(), opened.get());
        lastMachine = null;
        return opened.get();
    }

    /** A VM that cannot be served needs its accesses again once it can be. */
    private void planRetry() {
        if (retryPlanned) {
            return;
        }
        retryPlanned = true;
        link.schedule(UNSERVED_RETRY, () -> {
            retryPlanned = false;
            link.reconnect("a VM could not be served");
        });
    }

    private void close(long id) {
        TenantMachine machine = machines.remove(id);
        lastMachine = null;
        if (machine != null) {
            touched.remove(machine);
            machine.close();
        }
    }

    private void gone(long id) {
        close(id);
        announced.remove(id);
        memory.tenantVmGone(id);
        TenantVm vm = registry.removeTenantVm(id);
        commands.gone(id);
        if (nudges != null) {
            nudges.gone(id);
        }
        if (vm != null) {
            store.remove(vm.key());
            listener.tenantVmGone(vm);
        }
    }

    private void alarm(Frame.Alarm alarm) {
        HostAlarm.Kind kind = switch (alarm.kind()) {
            case ROOT_SHARED -> HostAlarm.Kind.ROOT_SHARED;
            case VCPU_MOVED -> HostAlarm.Kind.VCPU_MOVED;
            case LIMIT -> HostAlarm.Kind.LIMIT;
            case OVERFLOW -> HostAlarm.Kind.OVERFLOW;
            case UNDECODABLE -> HostAlarm.Kind.UNDECODABLE;
        };
        raise(new HostAlarm(
                kind,
                instance,
                alarm.header().tenantVm(),
                alarm.otherTenantVm(),
                alarm.evidence0(),
                alarm.evidence1()));
    }

    void raise(HostAlarm alarm) {
        counters.increment(HostCounter.ALARMS);
        listener.alarm(alarm);
    }

    private void rejected(Frame.Rejected rejected) {
        LOG.debug("L0 refused a frame of type {}, error {}", rejected.rejectedType(), rejected.error());
        commands.rejected(rejected);
    }

    /** The last thing on the loop. */
    void close() {
        closed = true;
        for (Long id : List.copyOf(machines.keySet())) {
            machines.get(id).settle();
            close(id);
        }
        memory.disconnected();
        commands.failAll(Reason.CLOSED, "the host was closed");
    }
}
