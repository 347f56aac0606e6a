// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.cloudhypervisor.memory.TenantMemory;
import dev.umbra.ultracall.PortClaim;
import java.time.Duration;
import java.util.Optional;

/** What the devices of one tenant VM may ask of the host that runs them. */
public interface DeviceHost {
    /**
     * Sets the level of an interrupt line. Loop thread only. A rising edge is delivered to the tenant once; the change
     * leaves after the state that caused it is committed, and only if it is a change.
     *
     * @param irq ISA interrupt, 0 to 15
     */
    void interrupt(int irq, boolean level);

    /**
     * Says who serves a range of the VM's ports. Loop thread only, also while the devices are made or restored. It is
     * told to L0 with the next commit and again at every attach; ports never named stay as L0 has them by default. The
     * last claim of a port counts.
     *
     * @param base first port
     * @param count ports, 1 to 65535
     * @throws IllegalArgumentException if there are no such ports
     * @throws IllegalStateException if there are more than 32 ranges
     */
    default void claimPorts(int base, int count, PortClaim claim) {
        throw new UnsupportedOperationException("this host claims no ports for its devices");
    }

    /**
     * Takes a range of the VM's memory away from L1 or gives it back, as with ports. Memory of which nothing was said,
     * and what an earlier process claimed and the restored devices do not, is L1's.
     *
     * @param base tenant physical, in bytes, a multiple of 4096
     * @param length in bytes, a multiple of 4096
     * @throws IllegalArgumentException if it is not whole pages below 2^52
     * @throws IllegalStateException if more than 8 ranges would be claimed
     */
    default void claimMemory(long base, long length, boolean claimed) {
        throw new UnsupportedOperationException("this host claims no memory for its devices");
    }

    /**
     * A new reader of the VM's memory, for one thread. From any thread.
     *
     * @return empty if this host's memory cannot be read
     */
    default Optional<TenantMemory> memory() {
        return Optional.empty();
    }

    /**
     * Runs a task on the loop thread and then commits the device state. From any thread.
     *
     * @throws java.util.concurrent.RejectedExecutionException if the loop is closed or its bounded queue is full
     */
    void execute(Runnable onLoop);

    /**
     * Runs a task on the loop thread after a delay and then commits; dropped when the VM is gone by then. From any
     * thread.
     */
    void schedule(Duration delay, Runnable onLoop);
}
