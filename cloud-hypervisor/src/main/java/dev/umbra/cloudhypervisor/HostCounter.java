// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

/** What a host counts on this side of the link; see {@link CloudHost#statistics}. */
public enum HostCounter {
    /** Frames of tenant VMs' streams applied to devices. */
    FRAMES_APPLIED,
    /** Frames that came again although they were applied already. */
    FRAMES_REPEATED,
    /** Repeated questions whose answer was no longer kept. */
    REPLIES_LOST,
    /** Sequences never delivered: questions whose asker died before they were sent again. */
    SEQUENCES_SKIPPED,
    /** Frames for a VM that is not served. */
    FRAMES_UNSERVED,
    /** Journal commits. */
    COMMITS,
    JOURNALS_INCONSISTENT,
    JOURNALS_UNUSABLE,
    JOURNALS_REMOVED,
    DEVICES_FAILED,
    /** Resets of VMs that their devices went through. */
    DEVICES_RESET,
    LATCHES_PUBLISHED,
    LATCHES_WITHDRAWN,
    INTERRUPT_EDGES,
    ULTRACALLS,
    ULTRACALLS_FAILED,
    ENROLMENTS_RATE_LIMITED,
    COMMANDS_REJECTED,
    COMMANDS_TIMED_OUT,
    ALARMS,
    /** Layouts of a cloud VM's memory taken over. */
    MEMORY_LAYOUTS,
    /** Layouts that could not be trusted. */
    MEMORY_LAYOUTS_REFUSED,
    /** Extents left out since they lie in another file than the one mapped. */
    MEMORY_EXTENTS_FOREIGN,
    NUDGES,
    PULSES,
    /** Pulses the helper refused or answered with nonsense. */
    PULSE_ERRORS,
    /** Pulses the helper did not answer in time. */
    PULSE_TIMEOUTS,
    /** Pulses not sent because the helper was not there or too many waited. */
    PULSES_DROPPED,
    /** Pulses that were followed by no access of the VM they were meant for. */
    PULSES_WITHOUT_EFFECT,
    TARGETS_LEARNED,
    TARGETS_FORGOTTEN,
    /** Lines of the helper that mean nothing. */
    HELPER_LINES_REFUSED
}
