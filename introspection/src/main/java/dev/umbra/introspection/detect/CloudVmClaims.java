// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.cloudhypervisor.TenantVm;
import dev.umbra.cloudhypervisor.Vcpu;
import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Unreadable;
import dev.umbra.introspection.view.OpenFile;
import dev.umbra.introspection.view.View;
import dev.umbra.introspection.view.Views;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * What the virtualized system says about its VMs, against what the host below it knows. Its KVM keeps a structure for each VM and
 * each virtual processor, behind descriptors that the hypervisor's processes hold ({@code virt/kvm/kvm_main.c}); in that of a
 * processor is the address of the control block that it is entered by. L0 sees each entry, and with it the control block. So each
 * processor of a tenant VM has to be one of those, all processors of one tenant VM have to be of one VM there, and no two
 * tenant VMs of the same. A VM in KVM's own list that no process holds is one that nobody shows.
 *
 * <p>The structures belong to a module, and where their fields are is not known here. The address of a control block is, and it
 * is looked for in the whole structure: a page that is a control block is used for nothing else.
 */
final class CloudVmClaims implements Detector {
    /** A VM of the virtualized system. */
    private record Machine(long kvm, int pid) {}

    /** A virtual processor of the virtualized system. */
    private record Processor(long address, long kvm, int pid) {}

    private static final String VM_FILE = "kvm-vm";
    private static final String PROCESSOR_FILE = "kvm-vcpu";
    private static final int MAXIMUM_PROCESSORS = 4096;
    /** More than the structures of any processor vendor. */
    private static final int PROCESSOR_SIZE = 32 << 10;

    private static final int VM_SIZE = 128 << 10;

    private final Supplier<List<TenantVm>> tenants;

    /** @param tenants the VMs of the cloud VM that is looked at, as L0 knows them; asked at each look */
    CloudVmClaims(Supplier<List<TenantVm>> tenants) {
        this.tenants = tenants;
    }

    @Override
    public String name() {
        return "cloud-vm-claims";
    }

    @Override
    public Set<FindingKind> kinds() {
        return Set.of(FindingKind.CLOUD_VM_CLAIM_FALSE);
    }

    @Override
    public void examine(Examination examination) {
        List<Machine> machines = new ArrayList<>();
        List<Processor> processors = new ArrayList<>();
        files(examination, machines, processors);
        Map<Long, Long> tenantOfMachine = new HashMap<>();
        for (TenantVm tenant : tenants.get()) {
            tenant(examination, tenant, processors, tenantOfMachine);
        }
        ModuleSymbols.find(examination, "kvm", "vm_list").ifPresent(list -> listed(examination, list, machines));
    }

    private static void files(Examination examination, List<Machine> machines, List<Processor> processors) {
        Reading reading = examination.reading();
        int data = reading.offset("file", "private_data");
        View<OpenFile> files = new Views(examination.kernel()).openFiles();
        files.gaps().forEach(gap -> examination.gap(gap.reason(), gap.what(), gap.address()));
        for (OpenFile file : files.entries()) {
            if (machines.size() + processors.size() >= MAXIMUM_PROCESSORS) {
                return;
            }
            reading.part("kvm file", () -> {
                if (file.path().contains(PROCESSOR_FILE)) {
                    long processor = reading.pointer(file.address(), data);
                    processors.add(new Processor(processor, reading.memory().u64(processor), file.pid()));
                } else if (file.path().contains(VM_FILE)) {
                    machines.add(new Machine(reading.pointer(file.address(), data), file.pid()));
                }
            });
        }
    }

    private static void tenant(
            Examination examination, TenantVm tenant, List<Processor> processors, Map<Long, Long> tenantOfMachine) {
        String subject = "tenant VM " + Long.toUnsignedString(tenant.key().tenantVm());
        Set<Long> machines = new TreeSet<>();
        for (Vcpu vcpu : tenant.vcpus()) {
            List<Processor> owners = processors.stream()
                    .filter(processor -> mentions(examination, processor, vcpu.controlBlock()))
                    .toList();
            if (owners.isEmpty()) {
                examination.report(new Sighting(
                        FindingKind.CLOUD_VM_CLAIM_FALSE,
                        subject,
                        new Evidence.Text("why", "a processor of it is none of any VM that is shown"),
                        new Evidence.Number("processor", vcpu.index()),
                        new Evidence.Address("control block", vcpu.controlBlock()),
                        new Evidence.Number("processors shown", processors.size())));
            }
            owners.forEach(owner -> machines.add(owner.kvm()));
        }
        if (machines.size() > 1) {
            examination.report(new Sighting(
                    FindingKind.CLOUD_VM_CLAIM_FALSE,
                    subject,
                    new Evidence.Text("why", "its processors are of several VMs"),
                    new Evidence.Number("VMs", machines.size())));
        }
        for (long machine : machines) {
            Long other = tenantOfMachine.putIfAbsent(machine, tenant.key().tenantVm());
            if (other != null) {
                examination.report(new Sighting(
                        FindingKind.CLOUD_VM_CLAIM_FALSE,
                        subject,
                        new Evidence.Text("why", "it is the same VM as tenant VM " + Long.toUnsignedString(other)),
                        new Evidence.Address("struct kvm", machine)));
            }
        }
    }

    /** AMD's structure has the physical address, Intel's that of the direct map. */
    private static boolean mentions(Examination examination, Processor processor, long controlBlock) {
        AddressSpace memory = examination.memory();
        long mapped = examination.kernel().directMap(controlBlock);
        try {
            for (long place = processor.address(); place < processor.address() + PROCESSOR_SIZE; place += Long.BYTES) {
                long word = memory.u64(place);
                if (word == controlBlock || word == mapped) {
                    return true;
                }
            }
        } catch (Unreadable end) {
            return false;
        }
        return false;
    }

    /** Each VM is a node of the list, somewhere in its structure. */
    private static void listed(Examination examination, long list, List<Machine> machines) {
        examination.reading().ring("vm_list", list, 0, node -> {
            OptionalLong owner = machines.stream()
                    .mapToLong(Machine::kvm)
                    .filter(kvm -> Long.compareUnsigned(node - kvm, VM_SIZE) < 0)
                    .findFirst();
            if (owner.isEmpty()) {
                examination.report(new Sighting(
                        FindingKind.CLOUD_VM_CLAIM_FALSE,
                        "KVM VM 0x" + Long.toHexString(node),
                        new Evidence.Text("why", "no process that is shown holds it"),
                        new Evidence.Address("node of vm_list", node)));
            }
        });
    }
}
