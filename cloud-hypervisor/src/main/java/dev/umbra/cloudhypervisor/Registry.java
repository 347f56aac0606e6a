// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.Frame.Presence;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The one place that knows which VMs there are. Changed on the loop thread, read anywhere: readers get immutable
 * snapshots, replaced as a whole after each change.
 */
final class Registry {
    private final Map<Integer, CloudVm> cloudVms = new TreeMap<>();
    private final Map<Long, TenantVm> tenantVms = new TreeMap<>();
    private final Map<Long, TreeMap<Integer, Vcpu>> vcpus = new TreeMap<>();

    private volatile List<CloudVm> cloudSnapshot = List.of();
    private volatile Map<TenantVmKey, TenantVm> tenantSnapshot = Map.of();

    List<CloudVm> cloudVms() {
        return cloudSnapshot;
    }

    List<TenantVm> tenantVms() {
        return List.copyOf(tenantSnapshot.values());
    }

    Optional<TenantVm> tenantVm(TenantVmKey key) {
        return Optional.ofNullable(tenantSnapshot.get(key));
    }

    TenantVm tenantVm(long id) {
        return tenantVms.get(id);
    }

    List<Long> tenantVmIds() {
        return new ArrayList<>(tenantVms.keySet());
    }

    CloudVm put(Frame.CloudVm frame) {
        CloudVm vm = new CloudVm(frame.header().cloudVm(), frame.processId());
        cloudVms.put(vm.id(), vm);
        publishCloudVms();
        return vm;
    }

    CloudVm removeCloudVm(int id) {
        CloudVm gone = cloudVms.remove(id);
        publishCloudVms();
        return gone;
    }

    TenantVm put(UUID instance, Frame.TenantVm frame) {
        long id = frame.header().tenantVm();
        TenantVm vm = new TenantVm(
                new TenantVmKey(instance, id),
                frame.header().cloudVm(),
                frame.paused(),
                frame.disputed(),
                frame.vcpus(),
                frame.resets(),
                frame.acknowledged(),
                frame.newest(),
                frame.nestedRoot(),
                frame.rootChanges(),
                vcpusOf(id));
        tenantVms.put(id, vm);
        publishTenantVms();
        return vm;
    }

    TenantVm removeTenantVm(long id) {
        TenantVm gone = tenantVms.remove(id);
        vcpus.remove(id);
        publishTenantVms();
        return gone;
    }

    /** Null if the VM of that vCPU is not known. */
    TenantVm put(Frame.Vcpu frame) {
        long id = frame.header().tenantVm();
        TenantVm vm = tenantVms.get(id);
        if (vm == null) {
            return null;
        }
        TreeMap<Integer, Vcpu> ofVm = vcpus.computeIfAbsent(id, any -> new TreeMap<>());
        int index = frame.header().vcpu();
        if (frame.presence() == Presence.PRESENT) {
            ofVm.put(index, new Vcpu(index, frame.apicId(), frame.controlBlock(), frame.nestedRoot()));
        } else {
            ofVm.remove(index);
        }
        TenantVm changed = new TenantVm(
                vm.key(),
                vm.cloudVm(),
                vm.paused(),
                vm.disputed(),
                vm.vcpuCount(),
                vm.resets(),
                vm.acknowledged(),
                vm.newest(),
                vm.nestedRoot(),
                vm.rootChanges(),
                vcpusOf(id));
        tenantVms.put(id, changed);
        publishTenantVms();
        return changed;
    }

    private List<Vcpu> vcpusOf(long id) {
        TreeMap<Integer, Vcpu> ofVm = vcpus.get(id);
        return ofVm == null ? List.of() : List.copyOf(ofVm.values());
    }

    private void publishCloudVms() {
        cloudSnapshot = List.copyOf(cloudVms.values());
    }

    private void publishTenantVms() {
        Map<TenantVmKey, TenantVm> snapshot = new LinkedHashMap<>();
        tenantVms.values().forEach(vm -> snapshot.put(vm.key(), vm));
        tenantSnapshot = Collections.unmodifiableMap(snapshot);
    }
}
