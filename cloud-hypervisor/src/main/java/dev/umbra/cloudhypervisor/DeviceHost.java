// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.time.Duration;

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
