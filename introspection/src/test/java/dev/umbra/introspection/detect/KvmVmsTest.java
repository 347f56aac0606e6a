// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KvmVmsTest {
    private static final long FIRST = 0xffffc90000410000L;
    private static final long SECOND = FIRST + 0xb000;
    private static final long PLACE = 0x1240;

    @Test
    void vms_in_both_places_are_as_they_should_be() {
        KvmVms vms = vms(Map.of(FIRST, 400, SECOND, 500), List.of(SECOND + PLACE, FIRST + PLACE));

        assertThat(vms.notHeld()).isEmpty();
        assertThat(vms.notListed()).isEmpty();
    }

    @Test
    void vm_behind_another_that_nobody_holds_is_not_taken_for_that_one() {
        KvmVms vms = vms(Map.of(FIRST, 400), List.of(SECOND + PLACE, FIRST + PLACE));

        assertThat(vms.notHeld()).containsExactly(SECOND + PLACE);
        assertThat(vms.notListed()).isEmpty();
    }

    @Test
    void vm_in_front_of_all_others_that_nobody_holds_is_told() {
        KvmVms vms = vms(Map.of(SECOND, 500), List.of(SECOND + PLACE, FIRST + PLACE));

        assertThat(vms.notHeld()).containsExactly(FIRST + PLACE);
    }

    @Test
    void vm_that_was_taken_out_of_the_list_is_told() {
        KvmVms vms = vms(Map.of(FIRST, 400, SECOND, 500), List.of(SECOND + PLACE));

        assertThat(vms.notListed()).containsExactly(FIRST);
    }

    @Test
    void nothing_is_held_and_something_listed() {
        assertThat(vms(Map.of(), List.of(FIRST + PLACE)).notHeld()).containsExactly(FIRST + PLACE);
        assertThat(vms(Map.of(FIRST, 400), List.of()).notListed()).containsExactly(FIRST);
        assertThat(vms(Map.of(), List.of()).notHeld()).isEmpty();
    }

    @Test
    void list_that_is_not_known_accuses_nobody() {
        KvmVms vms = new KvmVms(Map.of(FIRST, 400), List.of(), Optional.empty());

        assertThat(vms.notHeld()).isEmpty();
        assertThat(vms.notListed()).isEmpty();
    }

    private static KvmVms vms(Map<Long, Integer> held, List<Long> nodes) {
        return new KvmVms(held, List.of(), Optional.of(nodes));
    }
}
