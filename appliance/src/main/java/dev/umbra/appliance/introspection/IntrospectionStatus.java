// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import java.time.Instant;
import java.util.Optional;

/**
 * Whether and how well a VM can be looked into.
 *
 * @param reason why not, in words
 * @param kernel the kernel last read
 * @param lastScan the scan that ended last
 * @param currentScan the scan that runs or waits
 * @param nextScanAt when the next scan on schedule is due
 * @param moments moments kept
 */
public record IntrospectionStatus(
        State state,
        Optional<String> reason,
        Optional<KernelIdentity> kernel,
        Optional<Scan> lastScan,
        Optional<Scan> currentScan,
        Optional<Instant> nextScanAt,
        int moments) {
    /** What can be expected of a scan. */
    public enum State {
        /** The appliance is not configured to look into VMs. */
        DISABLED,
        /** No scan has ended yet. */
        WAITING,
        /** The last scan saw the VM. */
        READY,
        /** The VM's kernel is not known well enough. */
        REFUSED,
        /** The VM or its memory cannot be reached now. */
        UNREACHABLE
    }

    static IntrospectionStatus without(State state, String reason) {
        return new IntrospectionStatus(
                state, Optional.of(reason), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 0);
    }
}
