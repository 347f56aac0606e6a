// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

/**
 * What keyboard, mouse and controller have handled since they were created. Counters only grow and are no part of the saved state.
 *
 * @param keyEvents presses, repetitions and releases taken
 * @param lostKeys presses lost because the guest did not read in time, did not listen, or threw them away with a command
 * @param delayedReleases releases that had to wait for room
 * @param skippedRepeats repetitions not sent since the guest was still reading
 * @param unknownKeys key events with a number that no key has
 * @param lostPointerEvents packets and changes of position or buttons that the guest did not read in time or threw away
 * @param lostReplies answers of the mouse or the controller that the guest did not read before it asked for more
 * @param unknownCommands commands to any of the three that do not exist, refused register calls included
 * @param invalidAccesses accesses to registers that do not exist
 */
public record I8042Counters(
        long keyEvents,
        long lostKeys,
        long delayedReleases,
        long skippedRepeats,
        long unknownKeys,
        long lostPointerEvents,
        long lostReplies,
        long unknownCommands,
        long invalidAccesses) {}
