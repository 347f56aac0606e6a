// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.cloudhypervisor.TenantVm;
import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.cloudhypervisor.Vcpu;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.detect.CloudVmClaims.Comparison;
import dev.umbra.introspection.detect.KvmVms.Processor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Two tenant VMs, the second with two processors, and what KVM shows of them. */
class CloudVmClaimsTest {
    private static final UUID INSTANCE = UUID.randomUUID();
    private static final long FIRST = 0xffffc90000410000L;
    private static final long SECOND = 0xffffc9000041b000L;
    private static final long PLACE = 0x1240;

    private final TenantVm first = tenant(7, new Vcpu(0, 0, 0x10_1000, 0x20_1000));
    private final TenantVm second =
            tenant(8, new Vcpu(0, 0, 0x10_2000, 0x20_2000), new Vcpu(1, 1, 0x10_3000, 0x20_2000));
    private final Map<Long, Integer> held = new HashMap<>(Map.of(FIRST, 400, SECOND, 500));
    private final List<Long> nodes = new ArrayList<>(List.of(SECOND + PLACE, FIRST + PLACE));
    private final Map<Processor, Set<Long>> processors = new HashMap<>();
    private final Map<Long, Long> found = new HashMap<>();

    CloudVmClaimsTest() {
        shown(1, FIRST, 0x10_1000, 0x20_1000);
        shown(2, SECOND, 0x10_2000, 0x20_2000);
        shown(3, SECOND, 0x10_3000, 0x20_2000);
    }

    @Test
    void true_claims_are_believed() {
        assertThat(compare(first, second)).isEmpty();
        assertThat(found).isEqualTo(Map.of(FIRST, 7L, SECOND, 8L));
    }

    @Test
    void vm_that_runs_and_is_not_shown_at_all_is_a_finding() {
        held.remove(FIRST);
        nodes.remove(FIRST + PLACE);
        remove(1);

        assertThat(compare(first, second)).singleElement().satisfies(sighting -> {
            assertThat(sighting.subject()).isEqualTo("tenant VM 7");
            assertThat(sighting.evidence().toString()).contains("control block=0x101000", "processors shown=2");
        });
    }

    @Test
    void vm_that_does_not_run_may_have_ended() {
        held.remove(FIRST);
        nodes.remove(FIRST + PLACE);
        remove(1);

        assertThat(comparison().with(List.of(first, second), new FakeKnownVms(List.of(), Set.of(second))))
                .isEmpty();
    }

    @Test
    void processor_on_another_table_than_the_one_that_is_shown_is_a_finding() {
        remove(3);
        shown(3, SECOND, 0x10_3000, 0x20_9000);

        assertThat(compare(first, second)).singleElement().satisfies(sighting -> {
            assertThat(sighting.subject()).isEqualTo("tenant VM 8 processor 1");
            assertThat(sighting.evidence().toString()).contains("nested root=0x202000");
        });
    }

    @Test
    void processors_of_one_vm_that_are_shown_as_of_two_are_a_finding() {
        remove(3);
        shown(3, FIRST, 0x10_3000, 0x20_2000);

        assertThat(compare(first, second))
                .anySatisfy(sighting ->
                        assertThat(sighting.evidence().toString()).contains("its processors are of several VMs"))
                .anySatisfy(
                        sighting -> assertThat(sighting.evidence().toString()).contains("the same VM as tenant VM 7"));
    }

    @Test
    void processor_that_is_shown_by_nobody_is_a_finding_and_the_rest_of_the_vm_is_known() {
        remove(3);

        assertThat(compare(first, second))
                .singleElement()
                .satisfies(
                        sighting -> assertThat(sighting.evidence().toString()).contains("processor=1"));
        assertThat(found).containsEntry(SECOND, 8L);
    }

    @Test
    void vm_without_holder_and_vm_without_place_in_the_list_are_findings() {
        held.remove(FIRST);
        assertThat(compare(first, second)).extracting(Sighting::subject).containsExactly("KVM VM 0xffffc90000411240");

        held.put(FIRST, 400);
        nodes.remove(FIRST + PLACE);
        assertThat(compare(first, second)).singleElement().satisfies(sighting -> {
            assertThat(sighting.subject()).isEqualTo("KVM VM 0xffffc90000410000");
            assertThat(sighting.evidence().toString()).contains("pid=400");
        });
    }

    private List<Sighting> compare(TenantVm... tenants) {
        found.clear();
        return comparison().with(List.of(tenants), new FakeKnownVms(List.of(), Set.of(tenants)));
    }

    private Comparison comparison() {
        KvmVms vms = new KvmVms(held, List.copyOf(processors.keySet()), Optional.of(nodes));
        return new Comparison(
                vms, (processor, word) -> processors.get(processor).contains(word), found);
    }

    private void shown(long address, long kvm, long controlBlock, long root) {
        processors.put(
                new Processor(address, 1 << 13, kvm, kvm == FIRST ? 400 : 500),
                new HashSet<>(Set.of(controlBlock, root)));
    }

    private void remove(long address) {
        processors.keySet().removeIf(processor -> processor.address() == address);
    }

    private static TenantVm tenant(long id, Vcpu... vcpus) {
        return new TenantVm(
                new TenantVmKey(INSTANCE, id),
                1,
                false,
                false,
                vcpus.length,
                0,
                0,
                0,
                vcpus[0].nestedRoot(),
                0,
                List.of(vcpus));
    }
}
