// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.cloudhypervisor.TenantVm;
import dev.umbra.cloudhypervisor.Vcpu;
import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.detect.KvmVms.Processor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;

/**
 * What the virtualized system says about its VMs, against what the host below it knows. In KVM's structure of a virtual processor
 * is the address of the control block that it is entered by, and the root of the nested table that it runs on. L0 sees each
 * entry, and with it both. So
 * <ul>
 *   <li>each processor of a tenant VM has to be one of those that KVM shows, and on its table;
 *   <li>all processors of one tenant VM have to be of one VM there, and no two tenant VMs of the same;
 *   <li>a VM in KVM's own list has to be held by a process that is shown, and the other way around;
 *   <li>a VM that spends time in guest mode has to be one that L0 has seen.
 * </ul>
 *
 * <p>L0 is not told when a VM ends, and a VM may run before it is told to start, so nothing is said of a VM that L0 knows unless it
 * is entered at that very time, nor of one that L0 does not know unless its processor time in guest mode grows from one scan
 * to the next.
 */
final class CloudVmClaims implements Detector {
    /** Time in guest mode, in nanoseconds, of processes by number and VM. */
    private record Kept(Map<Holder, Long> guestTimes) {}

    private record Holder(int pid, long kvm) {}

    private final KnownVms known;

    CloudVmClaims(KnownVms known) {
        this.known = known;
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
        List<TenantVm> tenants = known.all();
        KvmVms.read(examination).ifPresent(shown -> {
            Comparison comparison = new Comparison(
                    shown, (processor, physical) -> mentions(examination, processor, physical), new HashMap<>());
            comparison.with(tenants, known).forEach(examination::report);
            unknown(examination, shown, comparison.tenants().keySet());
        });
    }

    /**
     * What is shown, and which tenant VM each VM of it was found to be.
     *
     * @param mentions whether a processor's structure has a physical address in it
     */
    record Comparison(KvmVms shown, BiPredicate<Processor, Long> mentions, Map<Long, Long> tenants) {
        List<Sighting> with(List<TenantVm> all, KnownVms known) {
            Map<TenantVm, List<Sighting>> suspicions = new LinkedHashMap<>();
            for (TenantVm tenant : all) {
                List<Sighting> found = new ArrayList<>();
                for (long kvm : vmsOf(tenant, found)) {
                    Long other = tenants.putIfAbsent(kvm, tenant.key().tenantVm());
                    if (other != null) {
                        found.add(sighting(
                                subject(tenant),
                                "it is the same VM as tenant VM " + Long.toUnsignedString(other),
                                new Evidence.Address("struct kvm", kvm)));
                    }
                }
                if (!found.isEmpty()) {
                    suspicions.put(tenant, found);
                }
            }
            List<Sighting> sightings = new ArrayList<>();
            known.entered(suspicions.keySet()).forEach(running -> sightings.addAll(suspicions.get(running)));
            sightings.addAll(inOnePlaceOnly());
            return sightings;
        }

        private List<Sighting> inOnePlaceOnly() {
            List<Sighting> found = new ArrayList<>();
            for (long node : shown.notHeld()) {
                found.add(sighting(
                        "KVM VM 0x" + Long.toHexString(node),
                        "no process that is shown holds it",
                        new Evidence.Address("node of vm_list", node)));
            }
            for (long kvm : shown.notListed()) {
                found.add(sighting(
                        "KVM VM 0x" + Long.toHexString(kvm),
                        "it is not in KVM's list",
                        new Evidence.Address("struct kvm", kvm),
                        new Evidence.Number("pid", shown.held().get(kvm))));
            }
            return found;
        }

        /** VMs there that the processors of a tenant VM belong to. */
        private Set<Long> vmsOf(TenantVm tenant, List<Sighting> found) {
            Set<Long> vms = new TreeSet<>();
            for (Vcpu vcpu : tenant.vcpus()) {
                List<Processor> owners = shown.processors().stream()
                        .filter(processor -> mentions.test(processor, vcpu.controlBlock()))
                        .toList();
                owners.forEach(owner -> vms.add(owner.kvm()));
                if (owners.isEmpty()) {
                    found.add(sighting(
                            subject(tenant),
                            "a processor of it is none of any VM that is shown",
                            new Evidence.Number("processor", vcpu.index()),
                            new Evidence.Address("control block", vcpu.controlBlock()),
                            new Evidence.Number(
                                    "processors shown", shown.processors().size())));
                } else if (vcpu.nestedRoot() != 0
                        && owners.stream().noneMatch(owner -> mentions.test(owner, vcpu.nestedRoot()))) {
                    found.add(sighting(
                            subject(tenant) + " processor " + vcpu.index(),
                            "it runs on a table that is not shown",
                            new Evidence.Address("nested root", vcpu.nestedRoot()),
                            new Evidence.Address("control block", vcpu.controlBlock())));
                }
            }
            if (vms.size() > 1) {
                found.add(sighting(
                        subject(tenant), "its processors are of several VMs", new Evidence.Number("VMs", vms.size())));
            }
            return vms;
        }
    }

    /** VMs that processes run, and of which L0 knows nothing. */
    private static void unknown(Examination examination, KvmVms shown, Set<Long> known) {
        Map<Holder, Long> before =
                examination.previous(Kept.class).map(Kept::guestTimes).orElse(Map.of());
        Map<Holder, Long> now = new HashMap<>();
        Set<Integer> seenByHost = new HashSet<>();
        shown.held().forEach((kvm, pid) -> {
            if (known.contains(kvm)) {
                seenByHost.add(pid);
            }
        });
        shown.held().forEach((kvm, pid) -> {
            if (seenByHost.contains(pid)) {
                return;
            }
            Holder holder = new Holder(pid, kvm);
            long time = guestTime(examination, pid);
            now.put(holder, time);
            if (time > before.getOrDefault(holder, Long.MAX_VALUE)) {
                examination.report(sighting(
                        "KVM VM 0x" + Long.toHexString(kvm),
                        "it is said to run, and was never entered",
                        new Evidence.Address("struct kvm", kvm),
                        new Evidence.Number("pid", pid),
                        new Evidence.Number("nanoseconds in guest mode", time - before.get(holder))));
            }
        });
        examination.keep(new Kept(Map.copyOf(now)));
    }

    private static long guestTime(Examination examination, int pid) {
        Reading reading = examination.reading();
        long[] sum = new long[1];
        for (Tasks.Task task : examination.tasks().all()) {
            if (task.tgid() == pid && !task.dead()) {
                reading.part("task_struct.gtime", () -> {
                    sum[0] += examination.memory().u64(task.address() + reading.offset("task_struct", "gtime"));
                    if (task.leader()) {
                        long signal = reading.pointer(task.address(), reading.offset("task_struct", "signal"));
                        sum[0] += examination.memory().u64(signal + reading.offset("signal_struct", "gtime"));
                    }
                });
            }
        }
        return sum[0];
    }

    /** AMD's structures have physical addresses, Intel's some of the direct map. */
    private static boolean mentions(Examination examination, Processor processor, long physical) {
        return processor.mentions(
                examination.memory(), physical, examination.kernel().directMap(physical));
    }

    private static String subject(TenantVm tenant) {
        return "tenant VM " + Long.toUnsignedString(tenant.key().tenantVm());
    }

    private static Sighting sighting(String subject, String why, Evidence... evidence) {
        List<Evidence> all = new ArrayList<>();
        all.add(new Evidence.Text("why", why));
        all.addAll(List.of(evidence));
        return new Sighting(
                FindingKind.CLOUD_VM_CLAIM_FALSE, subject, FindingKind.CLOUD_VM_CLAIM_FALSE.severity(), all);
    }
}
