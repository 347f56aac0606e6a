// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

/**
 * Totals since the link was started.
 *
 * @param framesReceived valid frames delivered
 * @param framesMalformed frames refused, each of which ended its connection
 * @param bytesReceived bytes read, discarded ones included
 * @param bytesDiscarded bytes before the relay's answer
 * @param bytesSent bytes handed to the system
 * @param framesDropped frames written while there was no connection
 * @param connections connections made
 * @param failures connections lost or not made
 * @param overflows connections dropped because L0 did not take what was sent
 * @param tasksRejected tasks refused because the queue was full
 */
public record LinkStatistics(
        long framesReceived,
        long framesMalformed,
        long bytesReceived,
        long bytesDiscarded,
        long bytesSent,
        long framesDropped,
        long connections,
        long failures,
        long overflows,
        long tasksRejected) {}
