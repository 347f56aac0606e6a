// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel.structures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.introspection.kernel.UnknownKernel;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** XArrays, maple trees and red-black trees, whole and forged. */
class TreesTest {
    private static final long ROOT = SyntheticMemory.FREE;
    private static final long NODES = ROOT + 0x1000;
    private static final long NOWHERE = 0xffff_c900_0000_0000L;
    private static final int LIMIT = 100_000;
    private static final XArray.Layout ARRAY = new XArray.Layout(8, 0, 40, 64);
    private static final MapleTree.Layout MAPLE =
            new MapleTree.Layout(8, new MapleTree.NodeLayout(8, 128, 16), new MapleTree.NodeLayout(8, 80, 10));

    private final SyntheticMemory machine = new SyntheticMemory(2);
    private final AddressSpace memory = machine.addressSpace();
    private final Gaps gaps = new Gaps();
    private final List<String> visited = new ArrayList<>();

    private static long node(int index) {
        return NODES + index * 1024L;
    }

    private List<Reason> reasons() {
        return gaps.toList().stream().map(Gap::reason).toList();
    }

    private void walkArray() {
        new XArray(ARRAY, memory, gaps, new Budget(LIMIT))
                .forEach("array", ROOT, LIMIT, (index, entry) -> visited.add(index + "=" + Long.toHexString(entry)));
    }

    private void arrayNode(int number, int shift) {
        machine.putByte(node(number), shift);
    }

    private void arraySlot(int number, int slot, long value) {
        machine.put(node(number) + ARRAY.slots() + slot * 8L, value);
    }

    @Test
    void arrayOfOneEntryHasItInItsHead() {
        machine.put(ROOT + 8, 0x1000);
        walkArray();
        assertThat(visited).containsExactly("0=1000");
    }

    @Test
    void arrayIsVisitedByIndexWithoutTheKernelsOwnMarks() {
        machine.put(ROOT + 8, node(0) + 2);
        arrayNode(0, 6);
        arrayNode(1, 0);
        arraySlot(0, 0, node(1) + 2);
        arraySlot(0, 3, 0x3000);
        arraySlot(1, 5, 0x5000);
        arraySlot(1, 6, 2);
        walkArray();
        assertThat(visited).containsExactly("5=5000", "192=3000");
        assertThat(gaps.toList()).isEmpty();
    }

    @Test
    void arrayBentIntoALoopEnds() {
        machine.put(ROOT + 8, node(0) + 2);
        arrayNode(0, 12);
        arraySlot(0, 0, node(0) + 2);
        arraySlot(0, 1, NOWHERE + 2);
        arraySlot(0, 2, 0x2000);
        walkArray();
        assertThat(visited).containsExactly("8192=2000");
        assertThat(reasons()).containsExactly(Reason.MALFORMED, Reason.UNREADABLE);
    }

    @Test
    void layoutNoKernelHasIsRefused() {
        assertThatThrownBy(() -> new XArray.Layout(8, 0, 40, 63)).isInstanceOf(UnknownKernel.class);
        assertThatThrownBy(() -> new MapleTree.NodeLayout(8, 128, 1 << 20)).isInstanceOf(UnknownKernel.class);
    }

    private void walkMaple() {
        new MapleTree(MAPLE, memory, gaps, new Budget(LIMIT))
                .forEach(
                        "tree",
                        ROOT,
                        LIMIT,
                        (first, last, entry) -> visited.add(Long.toHexString(first) + "-" + Long.toHexString(last) + "="
                                + Long.toHexString(entry)));
    }

    private static long maplePointer(int number, int type) {
        return node(number) | type << 3 | 4;
    }

    private void leaf(int number, long... pivotsAndEntries) {
        for (int slot = 0; slot * 2 < pivotsAndEntries.length; slot++) {
            machine.put(node(number) + 8 + slot * 8L, pivotsAndEntries[slot * 2]);
            machine.put(node(number) + 128 + slot * 8L, pivotsAndEntries[slot * 2 + 1]);
        }
    }

    @Test
    void mapleTreeIsVisitedByRange() {
        machine.put(ROOT + 8, node(0) | 3 << 3 | 2);
        machine.put(node(0) + 8, 0x7fff);
        machine.put(node(0) + 80, maplePointer(1, 1));
        machine.put(node(0) + 88, maplePointer(2, 1));
        leaf(1, 0xfff, 0, 0x1fff, 0x111000, 0x7fff, 0);
        leaf(2, 0x8fff, 0x222000, 0, 0);
        walkMaple();
        assertThat(visited).containsExactly("1000-1fff=111000", "8000-8fff=222000");
        assertThat(gaps.toList()).isEmpty();
    }

    @Test
    void mapleTreeBentIntoALoopEnds() {
        machine.put(ROOT + 8, node(0) | 2 << 3 | 2);
        for (int slot = 0; slot < 16; slot++) {
            machine.put(node(0) + 8 + slot * 8L, (slot + 1L) << 48);
            machine.put(node(0) + 128 + slot * 8L, maplePointer(0, 2));
        }
        walkMaple();
        assertThat(visited).isEmpty();
        assertThat(reasons()).contains(Reason.MALFORMED);
    }

    @Test
    void mapleTreeOfUnknownNodesEnds() {
        machine.put(ROOT + 8, node(0) | 7 << 3 | 2);
        walkMaple();
        assertThat(reasons()).containsExactly(Reason.MALFORMED);
    }

    @Property(tries = 50)
    void redBlackTreeIsVisitedInOrder(@ForAll @IntRange(max = 500) int count, @ForAll long seed) {
        TreeMap<Long, Long> sorted = new TreeMap<>();
        machine.clear();
        Random random = new Random(seed);
        for (int index = 0; index < count; index++) {
            long node = NODES + index * 64L;
            long key = random.nextLong();
            if (sorted.putIfAbsent(key, node) == null) {
                machine.put(node + 24, key);
                insert(node, key);
            }
        }
        List<Long> order = new ArrayList<>();
        new RedBlackTree(memory, gaps, new Budget(LIMIT)).forEach("tree", ROOT, LIMIT, order::add);
        assertThat(order).isEqualTo(List.copyOf(sorted.values()));
        assertThat(gaps.toList()).isEmpty();
    }

    /** Without balancing: a random tree of this size is never as deep as a walk may go. */
    private void insert(long node, long key) {
        long pointer = ROOT;
        while (memory.u64(pointer) != 0) {
            long at = memory.u64(pointer);
            pointer = at + (key < memory.u64(at + 24) ? 16 : 8);
        }
        machine.put(pointer, node);
    }

    @Property(tries = 200)
    void forgedRedBlackTreeEnds(@ForAll long seed) {
        Random random = new Random(seed);
        machine.clear();
        for (int word = 0; word < 64; word++) {
            machine.put(
                    NODES + word * 8L, random.nextInt(8) == 0 ? random.nextLong() : NODES + random.nextInt(60) * 8L);
        }
        machine.put(ROOT, NODES);
        List<Long> order = new ArrayList<>();
        new RedBlackTree(memory, gaps, new Budget(LIMIT)).forEach("tree", ROOT, LIMIT, order::add);
        assertThat(order).doesNotHaveDuplicates();
    }
}
