// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.UnknownKernel;
import dev.umbra.introspection.kernel.structures.Budget;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.kernel.structures.Gaps;
import dev.umbra.introspection.kernel.structures.LinkedLists;
import dev.umbra.introspection.kernel.structures.RedBlackTree;
import dev.umbra.introspection.kernel.structures.XArray;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Unreadable;
import java.util.OptionalLong;
import java.util.function.LongConsumer;

/** Walks over a kernel's structures that note what they could not read. For one thread. */
final class Reading {
    /** Nodes of one list or tree, at most. */
    static final int MAXIMUM_NODES = 1 << 18;
    /** Bytes of a name, at most. */
    static final int MAXIMUM_NAME = 64;

    /** Nodes of all lists and trees together, at most. */
    private static final long MAXIMUM_WORK = 1 << 21;

    private final Kernel kernel;
    private final Gaps gaps;
    private final Budget budget = new Budget(MAXIMUM_WORK);
    private final LinkedLists lists;
    private final RedBlackTree trees;

    Reading(Kernel kernel, Gaps gaps) {
        this.kernel = kernel;
        this.gaps = gaps;
        this.lists = new LinkedLists(kernel.memory(), gaps, budget);
        this.trees = new RedBlackTree(kernel.memory(), gaps, budget);
    }

    Kernel kernel() {
        return kernel;
    }

    KernelProfile profile() {
        return kernel.profile();
    }

    AddressSpace memory() {
        return kernel.memory();
    }

    int offset(String struct, String path) {
        return profile().offset(struct, path);
    }

    /** A pointer member. */
    long pointer(long struct, int offset) {
        return memory().u64(struct + offset);
    }

    /** Walks a {@code list_head} ring; the visitor gets what contains each node. */
    void ring(String what, long head, int node, LongConsumer visitor) {
        lists.ring(what, head, MAXIMUM_NODES, address -> visitor.accept(address - node));
    }

    /** Walks a chain of pointers to null or an odd one; the visitor gets what contains each node. */
    void chain(String what, long first, int node, LongConsumer visitor) {
        lists.chain(what, first, 0, MAXIMUM_NODES, address -> visitor.accept(address - node));
    }

    /** Walks a chain by a next pointer that is not the first member. */
    void next(String what, long first, int next, LongConsumer visitor) {
        lists.chain(what, first, next, MAXIMUM_NODES, visitor);
    }

    /** Walks a red-black tree; the visitor gets what contains each node. */
    void tree(String what, long root, int node, LongConsumer visitor) {
        trees.forEach(what, root, MAXIMUM_NODES, address -> visitor.accept(address - node));
    }

    /** Walks the entries of an IDR or XArray. */
    void array(String what, long array, XArray.Visitor visitor) {
        new XArray(XArray.Layout.of(profile()), memory(), gaps, budget).forEach(what, array, MAXIMUM_NODES, visitor);
    }

    /** Does one part of a work; what this kernel or its memory lacks becomes a gap. */
    void part(String what, Runnable work) {
        try {
            work.run();
        } catch (Unreadable hole) {
            gaps.add(Reason.UNREADABLE, what, hole.address());
        } catch (UnknownKernel unknown) {
            gaps.add(Reason.UNKNOWN_TO_KERNEL, what, 0);
        }
    }

    /** A part that a kernel need not have: without the symbol there is nothing to do. */
    void optional(String symbol, LongConsumer work) {
        OptionalLong address = profile().symbol(symbol);
        if (address.isPresent()) {
            part(symbol, () -> work.accept(address.getAsLong()));
        }
    }

    void gap(Reason reason, String what, long address) {
        gaps.add(reason, what, address);
    }

    /** A name in an array of characters. */
    String name(long address) {
        return memory().string(address, MAXIMUM_NAME);
    }

    /** A name behind a pointer; empty if there is none. */
    String named(long pointer) {
        return pointer == 0 ? "" : name(pointer);
    }
}
