// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

/**
 * Everything one console has counted since it was made.
 *
 * @param refreshes looks at the screen
 * @param refreshesFailed looks that failed
 * @param tilesChanged tiles found changed, added up over the looks
 * @param scrolls scrolls found
 * @param keys key events passed on to the tenant
 * @param pointers pointer events passed on to the tenant
 * @param inputRefused events dropped because their session was not the writer
 * @param sessionsOpened sessions ever attached
 * @param sessionsRefused sessions refused because too many were attached
 * @param sessionsNow sessions attached now
 * @param takeOvers changes of the writer from one session to another
 */
public record GraphicalConsoleCounters(
        long refreshes,
        long refreshesFailed,
        long tilesChanged,
        long scrolls,
        long keys,
        long pointers,
        long inputRefused,
        long sessionsOpened,
        long sessionsRefused,
        long sessionsNow,
        long takeOvers) {}
