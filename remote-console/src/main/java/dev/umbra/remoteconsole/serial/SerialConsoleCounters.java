// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

/**
 * Everything one console has counted. The byte counts of both directions survive a restart; the rest counts from the creation of
 * the object.
 *
 * @param outputBytes bytes of the tenant published
 * @param inputCharacters characters and breaks the device has received
 * @param inputRefused characters typed but dropped: by sessions that were not the writer, or because the tenant did not read
 * @param outputSkipped bytes left out for sessions that were too slow or asked for what was gone, added up over the sessions
 * @param outputStalls times the device was held back because of the writer
 * @param backPressureLost writers that held the device back for too long and lost the right to
 * @param sessionsOpened sessions ever attached
 * @param sessionsRefused sessions refused because too many were attached
 * @param sessionsNow sessions attached now
 * @param takeOvers changes of the writer from one session to another
 * @param noticesDropped notices a session did not fetch in time
 */
public record SerialConsoleCounters(
        long outputBytes,
        long inputCharacters,
        long inputRefused,
        long outputSkipped,
        long outputStalls,
        long backPressureLost,
        long sessionsOpened,
        long sessionsRefused,
        long sessionsNow,
        long takeOvers,
        long noticesDropped) {}
