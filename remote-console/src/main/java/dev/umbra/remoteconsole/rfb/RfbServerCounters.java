// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

/**
 * What the TCP door has counted since it was opened.
 *
 * @param connections connections now
 * @param connectionsRefused connections refused because there were too many
 * @param loginsThrottled attempts refused unseen after too many failures
 * @param sessions what the sessions have counted
 */
public record RfbServerCounters(
        long connections, long connectionsRefused, long loginsThrottled, RfbSessionCounters.Values sessions) {}
