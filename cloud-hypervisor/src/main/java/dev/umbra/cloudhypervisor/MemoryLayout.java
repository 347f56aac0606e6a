// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.cloudhypervisor.memory.CloudMemory;
import dev.umbra.cloudhypervisor.memory.MemoryExtent;
import dev.umbra.cloudhypervisor.memory.MemoryExtents;
import dev.umbra.cloudhypervisor.memory.MemoryFile;
import dev.umbra.ultracall.MemoryFrame;
import dev.umbra.ultracall.MemoryFrame.AddressSpace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * What is known of the memory of one cloud VM: the answer that is arriving, and the memory as of the last whole one.
 * Changed on the loop thread; {@link #get} may be called from any.
 */
final class MemoryLayout implements Supplier<CloudMemory> {
    private final List<MemoryExtent> arriving = new ArrayList<>();
    private int next;
    private boolean asked;
    private boolean complete;
    private int foreign;
    private volatile CloudMemory memory;

    /** The memory now, or null if it is not known. */
    @Override
    public CloudMemory get() {
        return memory;
    }

    /** Whether this is the first question since {@link #forget}. */
    boolean ask() {
        boolean first = !asked;
        asked = true;
        return first;
    }

    boolean complete() {
        return complete;
    }

    /** Extents of the last answer that lie in other files. */
    int foreign() {
        return foreign;
    }

    /** Nothing is known any more. */
    void forget() {
        memory = null;
        asked = false;
        complete = false;
        next = 0;
        arriving.clear();
    }

    /**
     * Takes over a part of an answer.
     *
     * @return whether it was the last part, and the memory is known now
     * @throws IllegalArgumentException if the answer cannot be trusted; nothing is known then
     */
    boolean add(MemoryFrame.MemoryExtent frame, MemoryFile file, AddressSpace space) {
        if (frame.index() == 0) {
            arriving.clear();
            next = 0;
            foreign = 0;
        }
        if (frame.index() != next || next == MemoryExtents.MAXIMUM) {
            memory = null;
            throw new IllegalArgumentException("part " + frame.index() + " instead of " + next);
        }
        next++;
        if (space == AddressSpace.FILE
                && (frame.inode() != file.inode() || Integer.toUnsignedLong(frame.device()) != file.device())) {
            foreign++;
        } else if (frame.length() != 0) {
            arriving.add(new MemoryExtent(frame.cloudPhysical(), frame.length(), frame.offset()));
        }
        if (!frame.last()) {
            return false;
        }
        try {
            memory = file.cloudMemory(arriving);
        } catch (IllegalArgumentException e) {
            memory = null;
            throw e;
        }
        arriving.clear();
        complete = !frame.incomplete();
        return true;
    }
}
