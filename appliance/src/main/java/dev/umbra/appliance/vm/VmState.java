// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.vm;

/** What is known of the VM behind a record. */
public enum VmState {
    /** No VM has enrolled with the record's secret. */
    UNCLAIMED,
    /** The enrolled VM runs. */
    ENROLLED,
    /** Nothing is heard of the enrolled VM: its host is not attached, or it has not run for a while. */
    SILENT,
    /** Held at its next entry on request. */
    PAUSED,
    /** The enrolled VM has ended; the record needs a new secret. */
    GONE,
    /** A processor or page table of it was also seen under another VM. */
    DISPUTED
}
