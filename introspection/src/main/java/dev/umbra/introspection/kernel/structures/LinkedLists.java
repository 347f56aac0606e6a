// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel.structures;

import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Unreadable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Walks the kernel's lists ({@code include/linux/list.h}, {@code list_nulls.h}, {@code llist.h}). Walks may be nested. For one
 * thread.
 *
 * <p>A list belongs to the tenant, which may bend it into a loop that never comes back to its head, lead it out of memory, or
 * make it longer than any kernel would. Every node is therefore remembered, and the walk ends at the first one seen twice, the
 * first one that cannot be read, or at its limit; what was found until then stands, and the gap says what happened. A ring that
 * broke on the way forward is followed from its head backwards, so that one forged pointer hides no more than it leads to.
 *
 * <p>What breaks it: a kernel that runs. A node taken off the list at this moment leads to its old neighbours or to a poisoned
 * pointer, which ends the walk early, with a gap.
 */
public final class LinkedLists {
    private static final int PREVIOUS = 8;

    private final AddressSpace memory;
    private final Gaps gaps;
    private final Budget budget;
    private final List<AddressSet> seen = new ArrayList<>();
    private int depth;

    public LinkedLists(AddressSpace memory, Gaps gaps, Budget budget) {
        this.memory = memory;
        this.gaps = gaps;
        this.budget = budget;
    }

    /**
     * A {@code list_head}: a ring through its head.
     *
     * @param what name of the list, for gaps
     * @param head address of the head, which is not visited
     * @param limit nodes after which the walk ends
     * @param visitor takes the address of each node; if it throws {@link Unreadable}, the walk goes on after a gap
     */
    public void ring(String what, long head, int limit, LongConsumer visitor) {
        AddressSet visited = enter();
        int count = 0;
        try {
            long node = memory.u64(head);
            while (node != head) {
                if (!mayVisit(what, node, visited, count, limit)) {
                    backwards(what, head, visited, limit - count, visitor);
                    return;
                }
                count++;
                visit(what, node, visitor);
                node = memory.u64(node);
            }
        } catch (Unreadable hole) {
            gaps.add(Reason.UNREADABLE, what, hole.address());
            backwards(what, head, visited, limit - count, visitor);
        } finally {
            depth--;
        }
    }

    /** Visits what the broken way forward did not; where this one breaks, too, there is a gap already. */
    private void backwards(String what, long head, AddressSet visited, int limit, LongConsumer visitor) {
        try {
            int count = 0;
            long node = memory.u64(head + PREVIOUS);
            while (node != head && count++ < limit && budget.take()) {
                long previous = memory.u64(node + PREVIOUS);
                if (!visited.add(node)) {
                    return;
                }
                visit(what, node, visitor);
                node = previous;
            }
        } catch (Unreadable hole) {
            return;
        }
    }

    /**
     * A list from a first pointer to a null or, as in an {@code hlist_nulls}, to an odd one; {@code hlist}, {@code llist} and
     * plain next pointers.
     *
     * @param first address of the first node, 0 if there is none
     * @param next offset of the next pointer in a node
     */
    public void chain(String what, long first, int next, int limit, LongConsumer visitor) {
        if (isEnd(first)) {
            return;
        }
        AddressSet visited = enter();
        try {
            int count = 0;
            long node = first;
            while (!isEnd(node) && mayVisit(what, node, visited, count++, limit)) {
                visit(what, node, visitor);
                node = memory.u64(node + next);
            }
        } catch (Unreadable hole) {
            gaps.add(Reason.UNREADABLE, what, hole.address());
        } finally {
            depth--;
        }
    }

    private static boolean isEnd(long node) {
        return node == 0 || (node & 1) != 0;
    }

    private boolean mayVisit(String what, long node, AddressSet visited, int count, int limit) {
        if (count >= limit || !budget.take()) {
            gaps.add(Reason.TOO_MANY, what, node);
            return false;
        }
        if (!visited.add(node)) {
            gaps.add(Reason.CYCLE, what, node);
            return false;
        }
        return true;
    }

    private void visit(String what, long node, LongConsumer visitor) {
        try {
            visitor.accept(node);
        } catch (Unreadable hole) {
            gaps.add(Reason.UNREADABLE, what, hole.address());
        }
    }

    private AddressSet enter() {
        if (depth == seen.size()) {
            seen.add(new AddressSet());
        }
        AddressSet visited = seen.get(depth++);
        visited.clear();
        return visited;
    }
}
