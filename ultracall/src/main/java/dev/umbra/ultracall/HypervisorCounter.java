// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

/** Counters of the module ({@code enum umbra_counter}); the ordinal is the index on the wire. They never go down. */
public enum HypervisorCounter {
    /** Entries into the tenant VM by L1. */
    ENTRIES,
    /** Accesses claimed. */
    PORT_WRITES,
    /** Reads answered by the service. */
    PORT_READS,
    /** Reads answered from a latch. */
    PORT_READS_LATCHED,
    /** String accesses that faulted. */
    PORT_FAULTS,
    ULTRACALLS,
    QUEUE_FULL_WAITS,
    /** Waits given up so that L1 could run; the instruction runs again. */
    WITHDRAWN,
    /** Rising edges of an interrupt line. */
    INTERRUPTS_RAISED,
    INTERRUPTS_INJECTED,
    /** L1 delivered the same vector first. */
    INTERRUPTS_BY_L1,
    /** The line fell before delivery. */
    INTERRUPTS_LOWERED,
    NUDGES,
    /** HLT completed at once because an interrupt was due. */
    HALTS_CANCELLED,
    PAUSED_ENTRIES,
    ALARMS,
    ALARMS_DROPPED,
    FRAMES_SENT,
    FRAMES_RESENT,
    FRAMES_RECEIVED,
    FRAMES_REJECTED,
    /** Accesses to claimed memory. */
    MEMORY_WRITES,
    /** Accesses to claimed memory answered by the service. */
    MEMORY_READS,
    /** Instructions on claimed memory that were refused with #UD. */
    MEMORY_UNDECODABLE,
    /** Port accesses that L1 served and the service was told of. */
    PORTS_OBSERVED,
    /** Observed reads whose end was not seen. */
    OBSERVATIONS_LOST,
    /** Pauses with a bound, begun. */
    PAUSES,
    /** Pauses ended by their bound or with their service. */
    PAUSES_EXPIRED
}
