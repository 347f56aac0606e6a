// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel.structures;

import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.UnknownKernel;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Unreadable;

/**
 * Walks a maple tree, in which an address space keeps its areas ({@code include/linux/maple_tree.h}, {@code lib/maple_tree.c}).
 * For one thread.
 *
 * <p>A pointer to a node carries the node's type in bits 3 to 6, since nodes are aligned to 256 bytes; the tree's own is marked by
 * bit 1 besides, for there may be an entry in its place. A node divides its range
 * at its pivots: slot <i>n</i> holds what lies above pivot <i>n - 1</i> and up to pivot <i>n</i>. A pivot that is not above its
 * predecessor ends the node, as does one that reaches the node's own maximum. A child's range is thus always smaller than its
 * parent's; depth and number of nodes are limited besides, because smaller is not small.
 */
public final class MapleTree {
    /** Takes an entry and the range it stands for, both ends included. */
    @FunctionalInterface
    public interface Visitor {
        void entry(long first, long last, long entry);
    }

    private static final int MAXIMUM_SLOTS = 31;

    /** Pivots and slots of one kind of node. */
    public record NodeLayout(int pivots, int slots, int slotCount) {
        /** @throws UnknownKernel if a node with as many slots is larger than nodes are */
        public NodeLayout {
            if (slotCount < 2 || slotCount > MAXIMUM_SLOTS) {
                throw new UnknownKernel("a node of a maple tree has " + slotCount + " slots");
            }
        }
    }

    /** Where the fields are in this kernel. */
    public record Layout(int root, NodeLayout range, NodeLayout allocation) {
        public static Layout of(KernelProfile profile) {
            return new Layout(
                    profile.offset("maple_tree", "ma_root"),
                    node(profile, "maple_range_64"),
                    node(profile, "maple_arange_64"));
        }

        private static NodeLayout node(KernelProfile profile, String struct) {
            return new NodeLayout(
                    profile.offset(struct, "pivot"),
                    profile.offset(struct, "slot"),
                    profile.field(struct, "slot").elements());
        }
    }

    private static final int NODE_MARK = 2;
    private static final int TAGS = 3;
    private static final long GREATEST_MARK = 4096;
    private static final long NODE_MASK = -256;
    private static final int TYPE_SHIFT = 3;
    private static final int TYPE_MASK = 15;
    private static final int LEAF_64 = 1;
    private static final int RANGE_64 = 2;
    private static final int ALLOCATION_RANGE_64 = 3;
    private static final int MAXIMUM_DEPTH = 16;

    private final Layout layout;
    private final AddressSpace memory;
    private final Gaps gaps;
    private final Budget budget;

    public MapleTree(Layout layout, AddressSpace memory, Gaps gaps, Budget budget) {
        this.layout = layout;
        this.memory = memory;
        this.gaps = gaps;
        this.budget = budget;
    }

    /**
     * Visits all entries by increasing range.
     *
     * @param what name of the tree, for gaps
     * @param tree address of the {@code struct maple_tree}
     * @param limit entries, and nodes, after which the walk ends
     * @param visitor if it throws {@link Unreadable}, the walk goes on after a gap
     */
    public void forEach(String what, long tree, int limit, Visitor visitor) {
        try {
            long root = memory.u64(tree + layout.root());
            Walk walk = new Walk(what, limit, visitor);
            if (isNode(root)) {
                walk.node(root, 0, -1L, 0);
            } else {
                walk.entry(0, 0, root);
            }
        } catch (Unreadable hole) {
            gaps.add(Reason.UNREADABLE, what, hole.address());
        }
    }

    private static boolean isNode(long entry) {
        return (entry & TAGS) == NODE_MARK && Long.compareUnsigned(entry, GREATEST_MARK) > 0;
    }

    private final class Walk {
        private final String what;
        private final int limit;
        private final Visitor visitor;
        private int nodes;
        private int entries;

        Walk(String what, int limit, Visitor visitor) {
            this.what = what;
            this.limit = limit;
            this.visitor = visitor;
        }

        /** @return whether to go on */
        boolean node(long tagged, long minimum, long maximum, int depth) {
            long node = tagged & NODE_MASK;
            if (nodes++ >= limit || !budget.take()) {
                gaps.add(Reason.TOO_MANY, what, node);
                return false;
            }
            int type = (int) (tagged >>> TYPE_SHIFT) & TYPE_MASK;
            boolean leaf = type == LEAF_64;
            if (!leaf && type != RANGE_64 && type != ALLOCATION_RANGE_64 || depth > MAXIMUM_DEPTH) {
                gaps.add(Reason.MALFORMED, what, node);
                return true;
            }
            NodeLayout shape = type == ALLOCATION_RANGE_64 ? layout.allocation() : layout.range();
            long first = minimum;
            for (int slot = 0; slot < shape.slotCount(); slot++) {
                long last = last(node, shape, slot, first, maximum);
                if (!slot(node + shape.slots() + (long) slot * Long.BYTES, leaf, first, last, depth)) {
                    return false;
                }
                if (last == maximum) {
                    return true;
                }
                first = last + 1;
            }
            return true;
        }

        private long last(long node, NodeLayout shape, int slot, long first, long maximum) {
            if (slot == shape.slotCount() - 1) {
                return maximum;
            }
            long pivot = memory.u64(node + shape.pivots() + (long) slot * Long.BYTES);
            boolean ends = Long.compareUnsigned(pivot, first) < 0 || Long.compareUnsigned(pivot, maximum) > 0;
            return ends || pivot == 0 && slot > 0 ? maximum : pivot;
        }

        private boolean slot(long address, boolean leaf, long first, long last, int depth) {
            try {
                long entry = memory.u64(address);
                if (leaf) {
                    return entry(first, last, entry);
                }
                return entry == 0 || node(entry, first, last, depth + 1);
            } catch (Unreadable hole) {
                gaps.add(Reason.UNREADABLE, what, hole.address());
                return true;
            }
        }

        boolean entry(long first, long last, long entry) {
            if (entry == 0 || (entry & TAGS) == NODE_MARK) {
                return true;
            }
            if (entries++ >= limit || !budget.take()) {
                gaps.add(Reason.TOO_MANY, what, entry);
                return false;
            }
            visitor.entry(first, last, entry);
            return true;
        }
    }
}
