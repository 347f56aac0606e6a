// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.cloudhypervisor.memory.CloudMemory;
import dev.umbra.cloudhypervisor.memory.MemoryFile;
import dev.umbra.cloudhypervisor.memory.NestedTable;
import dev.umbra.cloudhypervisor.memory.NestedTable.Format;
import dev.umbra.cloudhypervisor.memory.TenantMemory;
import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.Frame.Vendor;
import dev.umbra.ultracall.FrameHeader;
import dev.umbra.ultracall.MemoryFrame;
import dev.umbra.ultracall.MemoryFrame.AddressSpace;
import dev.umbra.ultracall.link.HypervisorLink;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the memory of each VM of a host is read. Asks L0 for the layout of each cloud VM once per connection, and
 * again, at growing intervals, until an answer is complete.
 *
 * <p>What is not known now is not there: without a connection the roots may have changed, and at a new one the layouts
 * may, so both are forgotten rather than used once more. A VM that is disputed has no memory here, since its table may be another
 * VM's. Changed on the loop thread; readers may be made and used on any.
 */
final class HostMemory {
    private static final Logger LOG = LoggerFactory.getLogger(HostMemory.class);
    private static final Duration FIRST_REPETITION = Duration.ofSeconds(1);
    private static final Duration LONGEST_REPETITION = Duration.ofMinutes(1);
    /** Larger q35 machines have part of their memory above 4 GiB. */
    private static final long FLAT_MACHINE = 0xb000_0000L;

    private static final int PAGES_TOLD = 256;
    private static final int PAGE_SIZE = 4096;

    private final HypervisorLink link;
    private final Optional<MemorySource> source;
    private final HostCounters counters;
    private final Map<Integer, MemoryLayout> layouts = new ConcurrentHashMap<>();
    private final Map<Long, Root> roots = new ConcurrentHashMap<>();
    private MemoryFile file;
    private long connection;
    private Format format = Format.NPT;

    HostMemory(HypervisorLink link, Optional<MemorySource> source, HostCounters counters) {
        this.link = link;
        this.source = source;
        this.counters = counters;
    }

    private static final class Root implements LongSupplier {
        private final int cloudVm;
        private final NestedTable table;
        private volatile long address;

        Root(int cloudVm, NestedTable table) {
            this.cloudVm = cloudVm;
            this.table = table;
        }

        @Override
        public long getAsLong() {
            return address;
        }
    }

    /** A new reader of a VM's memory, for one thread; empty if the VM is not known or no file is configured. */
    Optional<TenantMemory> reader(long tenantVm) {
        Root root = roots.get(tenantVm);
        MemoryLayout layout = root == null ? null : layouts.get(root.cloudVm);
        return layout == null || source.isEmpty()
                ? Optional.empty()
                : Optional.of(new TenantMemory(root.table, layout, root));
    }

    /** The memory of a cloud VM, as it is known at each moment; empty if the VM is not known or no file is configured. */
    Optional<Supplier<CloudMemory>> ofCloudVm(int id) {
        return source.isEmpty() ? Optional.empty() : Optional.ofNullable(layouts.get(id));
    }

    void attached(Vendor vendor) {
        forget();
        file = null;
        format = vendor == Vendor.SVM ? Format.NPT : Format.EPT;
    }

    void disconnected() {
        forget();
    }

    private void forget() {
        connection++;
        layouts.values().forEach(MemoryLayout::forget);
        roots.values().forEach(root -> root.address = 0);
    }

    void cloudVm(int id) {
        if (source.isPresent() && layout(id).ask()) {
            ask(id, layout(id), FIRST_REPETITION);
        }
    }

    void cloudVmGone(int id) {
        MemoryLayout layout = layouts.remove(id);
        if (layout != null) {
            layout.forget();
        }
    }

    /** A VM does not change the shape of its tables: the hypervisor that keeps them would have to start anew. */
    void tenantVm(Frame.TenantVm vm) {
        long id = vm.header().tenantVm();
        int cloudVm = vm.header().cloudVm();
        layout(cloudVm);
        Root root = roots.get(id);
        if (root == null) {
            root = new Root(cloudVm, new NestedTable(format, vm.fiveLevels() ? 5 : 4));
            roots.put(id, root);
        }
        root.address = vm.disputed() ? 0 : vm.nestedRoot();
    }

    void tenantVmGone(long id) {
        Root root = roots.remove(id);
        if (root != null) {
            root.address = 0;
        }
    }

    private MemoryLayout layout(int cloudVm) {
        return layouts.computeIfAbsent(cloudVm, any -> new MemoryLayout());
    }

    private void ask(int id, MemoryLayout layout, Duration repetition) {
        if (map()) {
            link.send(new MemoryFrame.ReadMemoryLayout(
                    new FrameHeader(0, 0, id, 0), source.orElseThrow().addressSpace()));
            link.flush();
        }
        long asked = connection;
        Duration next = repetition.multipliedBy(2);
        link.schedule(repetition, () -> {
            if (connection == asked && layouts.get(id) == layout && !layout.complete()) {
                ask(id, layout, next.compareTo(LONGEST_REPETITION) < 0 ? next : LONGEST_REPETITION);
            }
        });
    }

    private boolean map() {
        if (file == null) {
            MemorySource from = source.orElseThrow();
            try {
                MemoryFile mapped = MemoryFile.map(from.file());
                if (from.addressSpace() == AddressSpace.HOST && mapped.segment().byteSize() >= FLAT_MACHINE) {
                    throw new IOException("offsets in a machine of 2.75 GiB or more are not its physical addresses");
                }
                file = mapped;
            } catch (IOException e) {
                LOG.warn("memory of the host cannot be mapped from {}: {}", from.file(), e.toString());
            }
        }
        return file != null;
    }

    /** A part of an answer; when it was the last, the VMs whose memory is known now are told in the log. */
    void extent(MemoryFrame.MemoryExtent frame) {
        int id = frame.header().cloudVm();
        MemoryLayout layout = layouts.get(id);
        if (layout == null || file == null) {
            counters.increment(HostCounter.FRAMES_UNSERVED);
            return;
        }
        try {
            if (layout.add(frame, file, source.orElseThrow().addressSpace())) {
                counters.increment(HostCounter.MEMORY_LAYOUTS);
                counters.add(HostCounter.MEMORY_EXTENTS_FOREIGN, layout.foreign());
                tell(id, layout);
            }
        } catch (IllegalArgumentException e) {
            counters.increment(HostCounter.MEMORY_LAYOUTS_REFUSED);
            LOG.error("the layout of the memory of cloud VM {} is refused: {}", id, e.getMessage());
        }
    }

    private void tell(int cloudVm, MemoryLayout layout) {
        CloudMemory memory = layout.get();
        LOG.info(
                "memory of cloud VM {}: {} extents, {} MiB{}",
                cloudVm,
                memory.extents().count(),
                memory.extents().size() >>> 20,
                layout.complete() ? "" : ", not complete yet");
        roots.forEach((id, root) -> {
            if (root.cloudVm == cloudVm) {
                TenantMemory reader = new TenantMemory(root.table, layout, root);
                int mapped = 0;
                for (long page = 0; page < PAGES_TOLD; page++) {
                    mapped += reader.contiguous(page * PAGE_SIZE, 1) > 0 ? 1 : 0;
                }
                LOG.info("memory of tenant VM {}: {} of the first {} pages are mapped", id, mapped, PAGES_TOLD);
            }
        });
    }
}
