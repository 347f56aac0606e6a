// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel.structures;

import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Unreadable;
import java.util.function.LongConsumer;

/**
 * Walks a red-black tree in its order ({@code include/linux/rbtree_types.h}: parent and colour, right, left). For one thread.
 *
 * <p>The way down is kept here, not followed through the parents, which are as much the tenant's as the rest. A path of a
 * balanced tree of 2<sup>32</sup> nodes is at most 64 long, so a longer one is a forgery; a node seen twice is one, too.
 */
public final class RedBlackTree {
    private static final int RIGHT = 8;
    private static final int LEFT = 16;
    private static final int MAXIMUM_DEPTH = 64;

    private final AddressSpace memory;
    private final Gaps gaps;
    private final Budget budget;
    private final AddressSet visited = new AddressSet();
    private final long[] path = new long[MAXIMUM_DEPTH];

    public RedBlackTree(AddressSpace memory, Gaps gaps, Budget budget) {
        this.memory = memory;
        this.gaps = gaps;
        this.budget = budget;
    }

    /**
     * Visits all nodes in the tree's order. Not to be called by its own visitor.
     *
     * @param what name of the tree, for gaps
     * @param root address of the {@code struct rb_root}
     * @param limit nodes after which the walk ends
     * @param visitor takes the address of each {@code rb_node}; if it throws {@link Unreadable}, the walk goes on after a gap
     */
    public void forEach(String what, long root, int limit, LongConsumer visitor) {
        visited.clear();
        int depth = 0;
        int count = 0;
        long node = follow(what, root);
        while (node != 0 || depth > 0) {
            while (node != 0 && depth < MAXIMUM_DEPTH && visited.add(node)) {
                path[depth++] = node;
                node = follow(what, node + LEFT);
            }
            if (node != 0) {
                gaps.add(depth == MAXIMUM_DEPTH ? Reason.MALFORMED : Reason.CYCLE, what, node);
                if (depth == 0) {
                    return;
                }
            }
            node = path[--depth];
            if (count++ >= limit || !budget.take()) {
                gaps.add(Reason.TOO_MANY, what, node);
                return;
            }
            visit(what, node, visitor);
            node = follow(what, node + RIGHT);
        }
    }

    private long follow(String what, long pointer) {
        try {
            return memory.u64(pointer);
        } catch (Unreadable hole) {
            gaps.add(Reason.UNREADABLE, what, hole.address());
            return 0;
        }
    }

    private void visit(String what, long node, LongConsumer visitor) {
        try {
            visitor.accept(node);
        } catch (Unreadable hole) {
            gaps.add(Reason.UNREADABLE, what, hole.address());
        }
    }
}
