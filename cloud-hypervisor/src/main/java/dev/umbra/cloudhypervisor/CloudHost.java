// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.cloudhypervisor.CloudHostException.Reason;
import dev.umbra.cloudhypervisor.journal.JournalDirectory;
import dev.umbra.cloudhypervisor.journal.JournalException;
import dev.umbra.cloudhypervisor.memory.CloudMemory;
import dev.umbra.cloudhypervisor.memory.TenantMemory;
import dev.umbra.ultracall.FrameHeader;
import dev.umbra.ultracall.HypervisorCounter;
import dev.umbra.ultracall.PortClaim;
import dev.umbra.ultracall.Protocol;
import dev.umbra.ultracall.link.HypervisorLink;
import dev.umbra.ultracall.link.LinkStatistics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One cloud hypervisor and everything that runs on it. Public methods may be called from any thread.
 *
 * <p>All devices of a host live on the loop thread of its link, which reads frames, applies them, commits and answers;
 * there are no locks because there is nothing to share. What others may see are the immutable snapshots of the
 * registry. What others want is queued to the loop, bounded, and answered by futures.
 *
 * <p>The process may be killed at any time: see {@link dev.umbra.cloudhypervisor.journal.TenantJournal}. The host may
 * vanish at any time: tenants keep running there, their claimed accesses wait, and nothing falls through to the
 * untrusted system. What breaks it: a listener or a device that blocks the loop, since all VMs of the host then wait.
 */
public final class CloudHost implements AutoCloseable {
    private static final Duration CLOSING = Duration.ofSeconds(5);
    private static final int PORTS = 0x10000;

    private final HypervisorLink link;
    private final CloudHostConfiguration configuration;
    private final TenantDevicesFactory devices;
    private final CloudHostListener listener;
    private final HostCounters counters = new HostCounters();
    private final Registry registry = new Registry();
    private final Commands commands;
    private final UltracallService ultracalls;
    private JournalDirectory journals;
    private PseudoDevice pseudoDevice;
    private volatile HostMemory memory;
    private volatile HostLoop loop;

    public CloudHost(
            HypervisorLink link,
            CloudHostConfiguration configuration,
            TenantDevicesFactory devices,
            IdentityAuthority identities,
            CloudHostListener listener) {
        this(link, configuration, devices, identities, listener, InstantSource.system());
    }

    /** @param clock by which enrolment attempts are earned */
    public CloudHost(
            HypervisorLink link,
            CloudHostConfiguration configuration,
            TenantDevicesFactory devices,
            IdentityAuthority identities,
            CloudHostListener listener,
            InstantSource clock) {
        this.link = Objects.requireNonNull(link, "link");
        this.configuration = Objects.requireNonNull(configuration, "configuration");
        this.devices = Objects.requireNonNull(devices, "devices");
        this.listener = Objects.requireNonNull(listener, "listener");
        this.commands = new Commands(link, counters, configuration.commandTimeout());
        this.ultracalls = new UltracallService(
                link,
                Objects.requireNonNull(identities, "identities"),
                configuration,
                counters,
                (key, status, privilege) ->
                        registry.tenantVm(key).ifPresent(vm -> listener.enrolment(vm, status, privilege)),
                Objects.requireNonNull(clock, "clock"));
    }

    /**
     * Opens the state directory and starts to attach. Once only.
     *
     * @throws JournalException if the directory cannot be used or another process uses it
     */
    public void start() throws JournalException {
        if (loop != null) {
            throw new IllegalStateException("started already");
        }
        journals = new JournalDirectory(configuration.stateDirectory(), devices.stateSize(), devices.storageSize());
        memory = new HostMemory(link, configuration.memory(), counters);
        HostContext host = new HostContext(link, counters, listener, ultracalls, devices, memory);
        MachineStore store = new MachineStore(host, journals, alarm -> loop.raise(alarm));
        loop = new HostLoop(link, configuration, listener, counters, ultracalls, store, registry, commands, memory);
        configuration.pseudoDevice().ifPresent(socket -> {
            HelperEvents events = new HelperEvents();
            pseudoDevice = new PseudoDevice(socket, counters, events);
            events.nudges = new Nudges(new HelperWay(), new VmActivity(), link::schedule, counters);
            loop.nudgeThrough(events.nudges);
            pseudoDevice.start();
        });
        link.start(loop);
    }

    /** Whether L0 answers now. */
    public boolean attached() {
        HostLoop started = loop;
        return started != null && started.attached();
    }

    /** The host instance last attached to. */
    public Optional<UUID> instance() {
        HostLoop started = loop;
        return started == null ? Optional.empty() : started.instance();
    }

    public List<CloudVm> cloudVms() {
        return registry.cloudVms();
    }

    public List<TenantVm> tenantVms() {
        return registry.tenantVms();
    }

    public Optional<TenantVm> tenantVm(TenantVmKey key) {
        return registry.tenantVm(key);
    }

    /**
     * A new reader of a VM's memory, for one thread at a time; empty if the VM or its memory is not known now. It goes on reading the same VM as
     * long as that lives, and finds nothing afterwards.
     */
    public Optional<TenantMemory> memory(TenantVmKey key) {
        HostMemory known = memory;
        return known == null || registry.tenantVm(key).isEmpty() ? Optional.empty() : known.reader(key.tenantVm());
    }

    /**
     * The memory of a cloud VM: that of the untrusted system itself, and with it the memory of all tenants in it. What is given
     * answers with the memory as it is known at each moment, or null. Empty if the VM or its memory is not known now.
     */
    public Optional<Supplier<CloudMemory>> memory(CloudVmKey key) {
        HostMemory known = memory;
        return known == null || !known(key) ? Optional.empty() : known.ofCloudVm(key.cloudVm());
    }

    /**
     * Holds a VM at its next entry; completes when L0 says that it is held, and fails with a
     * {@link CloudHostException} otherwise.
     */
    public CompletableFuture<TenantVm> pause(TenantVmKey key) {
        return changeState(key, true);
    }

    /** Lets a held VM go on; completes when L0 says so. */
    public CompletableFuture<TenantVm> resume(TenantVmKey key) {
        return changeState(key, false);
    }

    /**
     * Holds a VM for a moment, independently of {@link #pause}; completes when no vCPU runs any more, and fails with a
     * {@link CloudHostException} otherwise, also when the VM is paused for somebody else at this moment. Close what it
     * gives.
     *
     * @param bound after which the host lets the VM go on by itself; 1 ms to 60 s
     */
    public CompletableFuture<PausedMoment> pauseForMoment(TenantVmKey key, Duration bound) {
        if (bound.toMillis() < 1 || bound.toMillis() > Protocol.PAUSE_MAXIMUM) {
            throw new IllegalArgumentException("a pause lasts from 1 ms to " + Protocol.PAUSE_MAXIMUM + " ms");
        }
        CompletableFuture<PausedMoment> result = new CompletableFuture<>();
        onLoop(result, () -> {
            if (known(key, result)) {
                commands.moments().begin(key, (int) bound.toMillis(), result);
            }
        });
        return result;
    }

    /**
     * What the vCPUs of a VM have loaded, by index. Those that have not stopped since the host knows them are left out.
     * Values are {@link VcpuRegisters#exact exact} for vCPUs that are held.
     */
    public CompletableFuture<List<VcpuRegisters>> readVcpus(TenantVmKey key) {
        CompletableFuture<List<VcpuRegisters>> result = new CompletableFuture<>();
        onLoop(result, () -> {
            if (known(key, result)) {
                commands.readVcpus(FrameHeader.ofTenantVm(key.tenantVm(), 0), result);
            }
        });
        return result;
    }

    /**
     * What the own vCPUs of a cloud VM had loaded when they last went on; those that never ran a tenant VM are left out. The
     * values are never {@link VcpuRegisters#exact exact}.
     */
    public CompletableFuture<List<VcpuRegisters>> readVcpus(CloudVmKey key) {
        CompletableFuture<List<VcpuRegisters>> result = new CompletableFuture<>();
        onLoop(result, () -> {
            if (known(key)) {
                commands.readVcpus(FrameHeader.ofCloudVm(key.cloudVm(), 0), result);
            } else {
                fail(result, Reason.UNKNOWN_VM, "there is no cloud VM " + key);
            }
        });
        return result;
    }

    public CompletableFuture<TenantVmCounters> counters(TenantVmKey key) {
        CompletableFuture<TenantVmCounters> result = new CompletableFuture<>();
        onLoop(result, () -> {
            if (known(key, result)) {
                commands.readCounters(key.tenantVm(), result);
            }
        });
        return result;
    }

    /** Counters of the module as a whole. */
    public CompletableFuture<TenantVmCounters> counters() {
        CompletableFuture<TenantVmCounters> result = new CompletableFuture<>();
        onLoop(result, () -> commands.readCounters(0, result));
        return result;
    }

    /**
     * Takes ports away from the untrusted hypervisor or gives them back. The claim lives as long as the VM.
     *
     * @param base first port
     * @param count ports, at least 1
     */
    public CompletableFuture<Void> claimPorts(TenantVmKey key, int base, int count, boolean claimed) {
        if (base < 0 || count < 1 || base + count > PORTS) {
            throw new IllegalArgumentException("no such ports");
        }
        CompletableFuture<TenantVmCounters> result = new CompletableFuture<>();
        onLoop(result, () -> {
            if (known(key, result)) {
                PortClaim claim = claimed ? PortClaim.SERVED : PortClaim.NONE;
                commands.claim(key.tenantVm(), base, count, claim, result);
            }
        });
        return result.thenApply(done -> null);
    }

    /** Totals of this side since it was made. */
    public Map<HostCounter, Long> statistics() {
        return counters.snapshot();
    }

    public LinkStatistics linkStatistics() {
        return link.statistics();
    }

    /** Closes all devices and the link; journals stay, so that a later host goes on where this one ended. */
    @Override
    public void close() {
        ultracalls.close();
        if (pseudoDevice != null) {
            pseudoDevice.close();
        }
        HostLoop started = loop;
        if (started != null) {
            CountDownLatch closed = new CountDownLatch(1);
            try {
                link.execute(() -> {
                    started.close();
                    link.flush();
                    closed.countDown();
                });
                if (!link.onLoop()) {
                    closed.await(CLOSING.toMillis(), TimeUnit.MILLISECONDS);
                }
            } catch (RejectedExecutionException e) {
                closed.countDown();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        link.close();
        if (journals != null) {
            journals.close();
        }
    }

    private CompletableFuture<TenantVm> changeState(TenantVmKey key, boolean pause) {
        CompletableFuture<TenantVm> result = new CompletableFuture<>();
        onLoop(result, () -> {
            if (!known(key, result)) {
                return;
            }
            TenantVm vm = registry.tenantVm(key.tenantVm());
            if (vm.paused() != pause) {
                commands.changeState(key.tenantVm(), pause, result);
                return;
            }
            if (!pause) {
                commands.withdrawPause(key.tenantVm());
            }
            result.completeAsync(() -> vm, Thread::startVirtualThread);
        });
        return result;
    }

    private boolean known(CloudVmKey key) {
        return instance().filter(key.hostInstance()::equals).isPresent()
                && registry.cloudVms().stream().anyMatch(vm -> vm.id() == key.cloudVm());
    }

    private boolean known(TenantVmKey key, CompletableFuture<?> result) {
        boolean known = registry.tenantVm(key).isPresent();
        if (!known) {
            fail(result, Reason.UNKNOWN_VM, "there is no VM " + key);
        }
        return known;
    }

    private void onLoop(CompletableFuture<?> result, Runnable task) {
        try {
            link.execute(() -> {
                if (attached()) {
                    task.run();
                } else {
                    fail(result, Reason.NOT_ATTACHED, "the host is not attached");
                }
            });
        } catch (RejectedExecutionException e) {
            fail(result, Reason.CLOSED, e.getMessage());
        }
    }

    private static void fail(CompletableFuture<?> result, Reason reason, String message) {
        Thread.startVirtualThread(() -> result.completeExceptionally(new CloudHostException(reason, message)));
    }

    /** Brings what the helper says to the loop; what does not fit its queue is as good as unsaid. */
    private final class HelperEvents implements PseudoDevice.Listener {
        private Nudges nudges;

        @Override
        public void targets(List<Integer> numbers) {
            toLoop(() -> nudges.targets(numbers));
        }

        @Override
        public void answered(int target, int irq, boolean done) {
            toLoop(() -> nudges.answered(target, irq, done));
        }

        private void toLoop(Runnable task) {
            try {
                link.execute(task);
            } catch (RejectedExecutionException e) {
                counters.increment(HostCounter.HELPER_LINES_REFUSED);
            }
        }
    }

    private final class HelperWay implements Nudges.Helper {
        @Override
        public boolean pulse(int target, int irq) {
            return pseudoDevice.pulse(target, irq);
        }

        @Override
        public void refresh() {
            pseudoDevice.refresh();
        }
    }

    private final class VmActivity implements Nudges.Tenants {
        @Override
        public long accesses(long tenantVm) {
            TenantMachine machine = loop.machine(tenantVm);
            return machine == null ? -1 : machine.accesses();
        }

        @Override
        public boolean asserted(long tenantVm, int irq) {
            TenantMachine machine = loop.machine(tenantVm);
            return machine != null && machine.asserted(irq);
        }

        @Override
        public void deliveries(long tenantVm, Consumer<Nudges.Deliveries> answer) {
            CompletableFuture<TenantVmCounters> read = new CompletableFuture<>();
            commands.readCounters(tenantVm, read);
            read.handle((values, failure) -> failure == null
                            ? new Nudges.Deliveries(
                                    values.value(HypervisorCounter.INTERRUPTS_BY_L1),
                                    values.value(HypervisorCounter.INTERRUPTS_INJECTED))
                            : null)
                    .thenAccept(deliveries -> link.schedule(Duration.ZERO, () -> answer.accept(deliveries)));
        }
    }
}
