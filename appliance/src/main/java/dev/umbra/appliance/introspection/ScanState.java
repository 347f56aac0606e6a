// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

/** How far a scan is, or how it ended. */
public enum ScanState {
    QUEUED,
    RUNNING,
    /** Everything asked for was seen. */
    COMPLETED,
    /** Something was seen, and gaps say what was not. */
    PARTIAL,
    /** The VM's kernel is not known well enough to read it; the reason says more. */
    REFUSED,
    /** The memory of the VM could not be reached, or the appliance failed. */
    FAILED,
    /** The VM was released or the appliance stopped. */
    CANCELLED;

    public boolean ended() {
        return this != QUEUED && this != RUNNING;
    }
}
