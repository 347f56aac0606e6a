// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.vm;

/** What somebody may want of a VM. */
public enum VmAction {
    /** Learn that it exists, its owner and its state. */
    SEE,
    /** Learn its name, its notices and findings, its counters. */
    INSPECT,
    /** Open its console, read or write; get a ticket for it. */
    CONSOLE,
    /** Download what it has printed. */
    LOG,
    /** Look into its memory: processes, files, sockets and all the rest; have it scanned. */
    INTROSPECT,
    PAUSE,
    /** Renew its secret, release or delete its record, dismiss its notices. */
    MANAGE,
    /** Choose which of its ports are served here rather than by the virtualized system. */
    CLAIM_DEVICES,
    /** Read its audit trail. */
    AUDIT
}
