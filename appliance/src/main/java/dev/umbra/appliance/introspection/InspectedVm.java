// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.memory.PhysicalMemory;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What an inspector needs of a VM. Nothing here throws because of what the VM or its hypervisor does. */
interface InspectedVm {
    /**
     * What must be the same for a kernel to be the one that was opened before.
     *
     * @param resets times the VM was reset, as far as that is known
     * @param place nested root of a tenant VM; of a cloud VM, where its processors enter system calls
     */
    record Generation(int resets, long place) {}

    /**
     * A VM that stands still. {@link #release} lets it go on.
     */
    interface Hold {
        /**
         * Lets the VM go on and waits until that is known.
         *
         * @return how long it stood still; empty if it did not all the time, so that what was read is not of one moment
         */
        Optional<Duration> release();
    }

    /** Empty if the VM is gone. */
    Optional<Generation> generation();

    /** Why its memory must not be looked at now, whatever can be read of it. */
    default Optional<String> obstacle() {
        return Optional.empty();
    }

    /** A reader of its memory for the calling thread and those after it; empty if none is known now. */
    Optional<PhysicalMemory> memory();

    /** Of its processors, as far as they are known. */
    List<VcpuRegisters> registers();

    /**
     * Holds the VM.
     *
     * @param longest after which it goes on by itself
     * @return empty if it cannot be held now
     */
    Optional<Hold> hold(Duration longest);
}
