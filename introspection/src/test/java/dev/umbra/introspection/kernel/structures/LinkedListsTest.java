// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel.structures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class LinkedListsTest {
    private static final long HEAD = SyntheticMemory.FREE;
    private static final long NODES = HEAD + 0x1000;
    private static final long NOWHERE = 0xffff_c900_0000_0000L;
    private static final long POISON = 0xdead_0000_0000_0100L;
    private static final int LIMIT = 10_000;

    private final SyntheticMemory machine = new SyntheticMemory(1);
    private final AddressSpace memory = machine.addressSpace();
    private final Gaps gaps = new Gaps();
    private final LinkedLists lists = new LinkedLists(memory, gaps, new Budget(100_000));
    private final List<Long> visited = new ArrayList<>();

    private static long node(int index) {
        return NODES + index * 64L;
    }

    /** A list through nodes, which ends with a pointer. */
    private void link(long first, List<Long> nodes, long last) {
        long from = first;
        for (long node : nodes) {
            machine.put(from, node);
            from = node;
        }
        machine.put(from, last);
    }

    private static List<Long> nodes(int count) {
        List<Long> nodes = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            nodes.add(node(index));
        }
        return nodes;
    }

    private void assertGap(Reason reason, long address) {
        assertThat(gaps.toList()).containsExactly(new Gap(reason, "list", address, 1));
    }

    @Property(tries = 50)
    void ringIsVisitedInItsOrder(@ForAll @IntRange(max = 2000) int count, @ForAll long seed) {
        List<Long> nodes = nodes(count);
        Collections.shuffle(nodes, new Random(seed));
        link(HEAD, nodes, HEAD);
        List<Long> order = new ArrayList<>();

        new LinkedLists(memory, gaps, new Budget(LIMIT)).ring("list", HEAD, LIMIT, order::add);

        assertThat(order).isEqualTo(nodes);
        assertThat(gaps.toList()).isEmpty();
    }

    @Test
    void ringThatDoesNotComeBackToItsHeadEnds() {
        link(HEAD, nodes(5), node(2));

        lists.ring("list", HEAD, LIMIT, visited::add);

        assertThat(visited).isEqualTo(nodes(5));
        assertGap(Reason.CYCLE, node(2));
    }

    @Test
    void ringThatLeadsOutOfMemoryEnds() {
        link(HEAD, nodes(5), NOWHERE);

        lists.ring("list", HEAD, LIMIT, visited::add);

        assertThat(visited).startsWith(nodes(5).toArray(Long[]::new));
        assertGap(Reason.UNREADABLE, NOWHERE);
    }

    @Test
    void ringBrokenOnceIsFollowedFromBothEnds() {
        link(HEAD, nodes(6), HEAD);
        long after = HEAD;
        for (int index = 5; index >= 0; index--) {
            machine.put(after + 8, node(index));
            after = node(index);
        }
        machine.put(after + 8, HEAD);
        machine.put(node(2), NOWHERE);

        lists.ring("list", HEAD, LIMIT, node -> visited.add(memory.u64(node) == 0 ? 0 : node));

        assertThat(visited).containsExactly(node(0), node(1), node(2), node(5), node(4), node(3));
        assertThat(gaps.toList()).containsExactly(new Gap(Reason.UNREADABLE, "list", NOWHERE, 2));
    }

    @Test
    void poisonedNodeEndsTheRing() {
        link(HEAD, nodes(3), POISON);

        lists.ring("list", HEAD, LIMIT, node -> visited.add(memory.u64(node)));

        assertThat(visited).hasSize(3);
        assertThat(gaps.toList()).containsExactly(new Gap(Reason.UNREADABLE, "list", POISON, 2));
    }

    @Test
    void ringIsNotVisitedBeyondItsLimit() {
        link(HEAD, nodes(5), HEAD);

        lists.ring("list", HEAD, 3, visited::add);

        assertThat(visited).isEqualTo(nodes(3));
        assertGap(Reason.TOO_MANY, node(3));
    }

    @Test
    void allWalksTogetherHaveABudget() {
        LinkedLists poor = new LinkedLists(memory, gaps, new Budget(7));
        link(HEAD, nodes(5), HEAD);

        poor.ring("list", HEAD, LIMIT, visited::add);
        poor.ring("list", HEAD, LIMIT, visited::add);
        poor.ring("list", HEAD, LIMIT, visited::add);

        assertThat(visited).hasSize(7);
        assertThat(gaps.toList()).containsExactly(new Gap(Reason.TOO_MANY, "list", node(2), 2));
    }

    @Test
    void unreadableRecordDoesNotEndTheRing() {
        link(HEAD, nodes(3), HEAD);

        lists.ring("list", HEAD, LIMIT, node -> {
            if (node == node(1)) {
                memory.u64(NOWHERE);
            }
            visited.add(node);
        });

        assertThat(visited).containsExactly(node(0), node(2));
        assertGap(Reason.UNREADABLE, NOWHERE);
    }

    @Test
    void ringWithinARingRemembersItsOwnNodes() {
        link(HEAD, nodes(3), HEAD);
        List<Long> inner = List.of(node(10), node(11));
        link(node(20), inner, node(20));

        lists.ring("list", HEAD, LIMIT, node -> {
            visited.add(node);
            lists.ring("list", node(20), LIMIT, visited::add);
        });

        assertThat(visited)
                .containsExactly(node(0), node(10), node(11), node(1), node(10), node(11), node(2), node(10), node(11));
        assertThat(gaps.toList()).isEmpty();
    }

    @Test
    void chainEndsAtNullOrAtAnOddPointer() {
        link(HEAD, nodes(4), 0);
        lists.chain("list", memory.u64(HEAD), 0, LIMIT, visited::add);
        link(HEAD, nodes(2), 2 * 77 + 1);
        lists.chain("list", memory.u64(HEAD), 0, LIMIT, visited::add);
        lists.chain("list", 0, 0, LIMIT, visited::add);

        assertThat(visited).containsExactly(node(0), node(1), node(2), node(3), node(0), node(1));
        assertThat(gaps.toList()).isEmpty();
    }

    @Test
    void chainIntoItselfEnds() {
        link(HEAD, nodes(4), node(3));

        lists.chain("list", memory.u64(HEAD), 0, LIMIT, visited::add);

        assertThat(visited).isEqualTo(nodes(4));
        assertGap(Reason.CYCLE, node(3));
    }
}
