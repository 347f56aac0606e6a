// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Unreadable;
import dev.umbra.introspection.view.OpenFile;
import dev.umbra.introspection.view.View;
import dev.umbra.introspection.view.Views;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The VMs of a kernel's KVM, from the two places that lead to them: the descriptors that the hypervisor's processes hold, one
 * for each VM and each virtual processor, and KVM's own list ({@code virt/kvm/kvm_main.c}).
 *
 * <p>The structures belong to a module, and where most of their members are is not known here. A virtual processor begins with a
 * pointer to its VM, and lies in a cache of the kernel's that says how large it is. A node of the list is at the same place
 * of each VM, which follows from those that are in both places.
 */
record KvmVms(Map<Long, Integer> held, List<Processor> processors, Optional<List<Long>> nodes) {
    /**
     * A virtual processor.
     *
     * @param size of the structure at its address
     * @param kvm its VM
     * @param pid process that holds it
     */
    record Processor(long address, int size, long kvm, int pid) {
        /** Whether one of two words is anywhere in its structure. */
        boolean mentions(AddressSpace memory, long word, long other) {
            try {
                for (int offset = 0; offset + Long.BYTES <= size; offset += Long.BYTES) {
                    long value = memory.u64(address + offset);
                    if (value == word || value == other) {
                        return true;
                    }
                }
            } catch (Unreadable end) {
                return false;
            }
            return false;
        }
    }

    private static final String MODULE = "kvm";
    private static final String VM_FILE = "anon_inode:kvm-vm";
    private static final String PROCESSOR_FILE = "anon_inode:kvm-vcpu";
    private static final int MAXIMUM_PROCESSORS = 4096;
    private static final int LARGEST_PROCESSOR = 64 << 10;

    /** Empty, with a gap, if the kernel has no KVM or one that is not known. */
    static Optional<KvmVms> read(Examination examination) {
        OptionalLong cache = symbol(examination, "kvm_vcpu_cache");
        if (cache.isEmpty()) {
            examination.gap(Reason.UNKNOWN_TO_KERNEL, "kvm_vcpu_cache", 0);
            return Optional.empty();
        }
        Reading reading = examination.reading();
        int size = examination
                .memory()
                .u32(reading.pointer(cache.getAsLong(), 0) + reading.offset("kmem_cache", "object_size"));
        if (size < Long.BYTES || size > LARGEST_PROCESSOR) {
            examination.gap(Reason.MALFORMED, "kvm_vcpu_cache", cache.getAsLong());
            return Optional.empty();
        }
        Map<Long, Integer> held = new LinkedHashMap<>();
        List<Processor> processors = new ArrayList<>();
        files(examination, size, held, processors);
        return Optional.of(new KvmVms(held, processors, listed(examination)));
    }

    private static OptionalLong symbol(Examination examination, String name) {
        OptionalLong builtIn = examination.profile().symbol(name);
        return builtIn.isPresent() ? builtIn : ModuleSymbols.find(examination, MODULE, name);
    }

    private static void files(Examination examination, int size, Map<Long, Integer> held, List<Processor> processors) {
        Reading reading = examination.reading();
        int data = reading.offset("file", "private_data");
        View<OpenFile> files = new Views(examination.kernel()).openFiles();
        files.gaps().forEach(gap -> examination.gap(gap.reason(), gap.what(), gap.address()));
        Map<Long, Processor> found = new LinkedHashMap<>();
        for (OpenFile file : files.entries()) {
            if (held.size() + found.size() >= MAXIMUM_PROCESSORS) {
                examination.gap(Reason.TOO_MANY, "kvm files", file.address());
                break;
            }
            reading.part("kvm file", () -> {
                if (file.path().startsWith(PROCESSOR_FILE)) {
                    long processor = reading.pointer(file.address(), data);
                    found.putIfAbsent(
                            processor,
                            new Processor(processor, size, examination.memory().u64(processor), file.pid()));
                } else if (file.path().startsWith(VM_FILE)) {
                    held.putIfAbsent(reading.pointer(file.address(), data), file.pid());
                }
            });
        }
        processors.addAll(found.values());
    }

    private static Optional<List<Long>> listed(Examination examination) {
        OptionalLong list = symbol(examination, "vm_list");
        if (list.isEmpty()) {
            examination.gap(Reason.UNKNOWN_TO_KERNEL, "vm_list", 0);
            return Optional.empty();
        }
        List<Long> nodes = new ArrayList<>();
        examination.reading().ring("vm_list", list.getAsLong(), 0, nodes::add);
        return Optional.of(nodes);
    }

    /** Nodes of the list whose VM no process holds. */
    List<Long> notHeld() {
        OptionalLong place = place();
        return nodes.orElse(List.of()).stream()
                .filter(node -> place.isEmpty() || !held.containsKey(node - place.getAsLong()))
                .toList();
    }

    /** VMs that processes hold and the list does not have. */
    List<Long> notListed() {
        OptionalLong place = place();
        return nodes.isEmpty()
                ? List.of()
                : held.keySet().stream()
                        .filter(kvm -> place.isEmpty() || !nodes.get().contains(kvm + place.getAsLong()))
                        .toList();
    }

    /**
     * Where in a VM its node is. Each node is measured from the nearest VM below it; that of a VM that is not held is measured from
     * another one, farther away.
     */
    private OptionalLong place() {
        TreeMap<Long, Integer> byAddress = new TreeMap<>(Long::compareUnsigned);
        byAddress.putAll(held);
        return nodes.orElse(List.of()).stream()
                .filter(node -> byAddress.floorKey(node) != null)
                .mapToLong(node -> node - byAddress.floorKey(node))
                .min();
    }
}
