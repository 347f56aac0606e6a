// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel.structures;

import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.UnknownKernel;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Unreadable;

/**
 * Walks an XArray, and with it the radix trees and IDRs that are made of one ({@code include/linux/xarray.h}). For one thread.
 *
 * <p>An entry whose two lowest bits are binary 10 and which is greater than 4096 leads to a node; smaller ones are marks of the
 * kernel's own, such as a sibling, and no entry. A node's {@code shift} must be six less than its parent's, and that is what
 * ends the walk of a tree bent into a loop: no path is longer than eleven nodes, and all nodes together are counted.
 */
public final class XArray {
    /** Takes an entry and where it is in the array. */
    @FunctionalInterface
    public interface Visitor {
        void entry(long index, long entry);
    }

    private static final int SLOTS = 64;
    private static final int SLOTS_OF_SMALL_KERNELS = 16;

    /**
     * Where the fields are in this kernel.
     *
     * @param slotCount slots of a node, a power of two
     */
    public record Layout(int head, int shift, int slots, int slotCount) {
        /** @throws UnknownKernel if the kernel's nodes have a number of slots that no kernel has */
        public Layout {
            if (slotCount != SLOTS && slotCount != SLOTS_OF_SMALL_KERNELS) {
                throw new UnknownKernel("struct xa_node has " + slotCount + " slots");
            }
        }

        public static Layout of(KernelProfile profile) {
            return new Layout(
                    profile.offset("xarray", "xa_head"),
                    profile.offset("xa_node", "shift"),
                    profile.offset("xa_node", "slots"),
                    profile.field("xa_node", "slots").elements());
        }
    }

    private static final int INTERNAL = 2;
    private static final int TAGS = 3;
    private static final long GREATEST_MARK = 4096;

    private final Layout layout;
    private final AddressSpace memory;
    private final Gaps gaps;
    private final Budget budget;
    private final int chunkShift;

    public XArray(Layout layout, AddressSpace memory, Gaps gaps, Budget budget) {
        this.layout = layout;
        this.memory = memory;
        this.gaps = gaps;
        this.budget = budget;
        this.chunkShift = Integer.numberOfTrailingZeros(layout.slotCount());
    }

    /**
     * Visits all entries by increasing index.
     *
     * @param what name of the array, for gaps
     * @param array address of the {@code struct xarray}
     * @param limit entries, and nodes, after which the walk ends
     * @param visitor if it throws {@link Unreadable}, the walk goes on after a gap
     */
    public void forEach(String what, long array, int limit, Visitor visitor) {
        try {
            long head = memory.u64(array + layout.head());
            if (!isNode(head)) {
                new Walk(what, limit, visitor).entry(0, head);
                return;
            }
            long node = nodeOf(head);
            int shift = memory.u8(node + layout.shift());
            if (shift % chunkShift != 0 || shift >= Long.SIZE) {
                gaps.add(Reason.MALFORMED, what, node);
                return;
            }
            new Walk(what, limit, visitor).node(node, shift, 0);
        } catch (Unreadable hole) {
            gaps.add(Reason.UNREADABLE, what, hole.address());
        }
    }

    private static boolean isNode(long entry) {
        return (entry & TAGS) == INTERNAL && Long.compareUnsigned(entry, GREATEST_MARK) > 0;
    }

    private static long nodeOf(long entry) {
        return entry - INTERNAL;
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
        boolean node(long node, int shift, long first) {
            if (nodes++ >= limit || !budget.take()) {
                gaps.add(Reason.TOO_MANY, what, node);
                return false;
            }
            for (int slot = 0; slot < layout.slotCount(); slot++) {
                if (!slot(node, slot, shift, first + ((long) slot << shift))) {
                    return false;
                }
            }
            return true;
        }

        private boolean slot(long node, int slot, int shift, long index) {
            try {
                long entry = memory.u64(node + layout.slots() + (long) slot * Long.BYTES);
                if (!isNode(entry)) {
                    return entry(index, entry);
                }
                long child = nodeOf(entry);
                int childShift = shift - chunkShift;
                if (childShift < 0 || memory.u8(child + layout.shift()) != childShift) {
                    gaps.add(Reason.MALFORMED, what, child);
                    return true;
                }
                return node(child, childShift, index);
            } catch (Unreadable hole) {
                gaps.add(Reason.UNREADABLE, what, hole.address());
                return true;
            }
        }

        boolean entry(long index, long entry) {
            if (entry == 0 || (entry & TAGS) == INTERNAL) {
                return true;
            }
            if (entries++ >= limit || !budget.take()) {
                gaps.add(Reason.TOO_MANY, what, entry);
                return false;
            }
            visitor.entry(index, entry);
            return true;
        }
    }
}
